import type { Recipe } from '../recipe.ts'

export default {
  name: 'koa-knex',
  kind: 'Koa, knex, PostgreSQL; CommonJS',
  repository: 'gothinkster/koa-knex-realworld-example',
  commit: '602e234',
  needs:
    'Node 22 (its package config does not run on newer ones), migrations and seeds run against the PostgreSQL in PG',
  start: ['src/bin/server'],
  sources: ['src'],
  env: ({ port }) => ({
    SERVER: '',
    PORT: `${port}`,
    SECRET: 's',
    DB_CLIENT: 'pg',
    DB_CONNECTION: `${process.env.PG}/koa`,
  }),
  asks: ['/api/tags', '/api/articles?limit=2', '/api/articles', '/api/profiles/nobody', '/api/nothing'],
  ignore: /"(?:created|updated)At":"[^"]*"/g,
  edits: [
    ['src/controllers/tags-controller.js', '{ tags }', '{ tags, list: "a" }'],
    ['src/controllers/tags-controller.js', '"a"', '"b"'],
    ['src/middleware/pager-middleware.js', '|| 20', '|| 1'],
    ['src/routes/tags-router.js', '"/tags"', '["/tags", "/nothing"]'],
    ['src/routes/index.js', 'router.use(', 'router.get("/api/nothing", ctx => { ctx.body = "n" })\nrouter.use('],
    ['src/lib/relations-map.js', '["id", "image", "bio", "username"]', '["id", "bio", "username"]'],
    ['src/lib/errors.js', '401', '402'],
    ['src/middleware/error-middleware.js', '{ errors: {} }', '{ errors: {}, seen: 1 }'],
    ['src/schemas/tag-schema.js', 'require(', '(0, require)('],
    [
      'src/lib/app.js',
      'app.use(responseTime())',
      'app.use(responseTime())\napp.use((ctx, next) => (ctx.path === "/api/x" ? (ctx.body = 1) : next()))',
    ],
    ['src/lib/server.js', '7000', '7001'],
    ['src/bin/server.js', 'let server', 'let server // edited'],
    ['config/default.yml', 'example.com', 'example.org'],
    {
      rename: 'src/lib/utils.js',
      to: 'src/lib/tools.js',
      and: [
        ['src/controllers/users-controller.js', 'lib/utils', 'lib/tools'],
        ['src/controllers/articles-controller.js', 'lib/utils', 'lib/tools'],
        ['src/controllers/comments-controller.js', 'lib/utils', 'lib/tools'],
      ],
    },
    {
      add: 'src/lib/greeting.js',
      text: 'module.exports = "hello"\n',
      and: [['src/controllers/tags-controller.js', 'list:', 'greeting: require("../lib/greeting"), list:']],
    },
    {
      remove: 'src/lib/greeting.js',
      and: [['src/controllers/tags-controller.js', 'greeting: require("../lib/greeting"), ', '']],
    },
  ],
} satisfies Recipe
