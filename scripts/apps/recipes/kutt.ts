import { execFileSync } from 'node:child_process'
import type { Place, Recipe } from '../recipe.ts'

const env = ({ port, folder }: Place) => ({
  PORT: `${port}`,
  DB_FILENAME: `${folder}/data`,
  JWT_SECRET: 's',
  DEFAULT_DOMAIN: 'localhost',
})

export default {
  name: 'kutt',
  kind: 'Express 4, knex, SQLite, Handlebars; CommonJS',
  repository: 'thedevs-network/kutt',
  commit: 'fc832d7',
  start: ['server/server.js'],
  sources: ['server'],
  env,
  prepare(clone, place) {
    const options = { cwd: clone, env: { ...process.env, ...env(place) }, stdio: 'ignore' } as const
    execFileSync(process.execPath, ['node_modules/knex/bin/cli.js', 'migrate:latest'], options)
  },
  asks: ['/api/health', '/login', '/create-admin', '/nothing', '/api/v2/links', '/404'],
  edits: [
    ['server/routes/health.routes.js', '"OK"', '"a"'],
    ['server/routes/health.routes.js', '"a"', '"b"'],
    ['server/views/404.hbs', '404', 'four hundred and four'],
    ['server/views/partials/footer.hbs', '<', '<!-- edited --><'],
    ['server/handlers/renders.handler.js', 'title: "', 'title: "edited '],
    ['server/handlers/locals.handler.js', 'function ', 'const edited = 1;\nfunction '],
    ['server/utils/utils.js', 'function ', 'const edited = 1;\nfunction '],
    ['server/queries/link.queries.js', 'const ', 'const edited = 1;\nconst '],
    ['server/models/link.model.js', 'async function', 'const edited = 1;\nasync function'],
    ['server/handlers/auth.handler.js', 'const ', 'const edited = 1;\nconst '],
    [
      'server/routes/routes.js',
      'apiRouter.use("/health", health);',
      'apiRouter.use("/health", health);\napiRouter.use("/healthz", health);',
    ],
    ['server/env.js', 'default: "Kutt"', 'default: "Kutts"'],
    [
      'server/server.js',
      'const app = express();',
      'const app = express();\napp.get("/edited", (q, s) => s.send("e"));',
    ],
    {
      rename: 'server/routes/health.routes.js',
      to: 'server/routes/healthy.routes.js',
      and: [['server/routes/routes.js', './health.routes', './healthy.routes']],
    },
    {
      add: 'server/word.js',
      text: 'module.exports = "a word";\n',
      and: [['server/routes/healthy.routes.js', '"b"', 'require("../word")']],
    },
    ['server/word.js', 'a word', 'another word'],
    { remove: 'server/word.js', and: [['server/routes/healthy.routes.js', 'require("../word")', '"none"']] },
    {
      rename: 'server/routes/healthy.routes.js',
      to: 'server/routes/health.routes.js',
      and: [
        ['server/routes/routes.js', './healthy.routes', './health.routes'],
        ['server/routes/health.routes.js', '"none"', '"OK"'],
      ],
    },
  ],
} satisfies Recipe
