import type { Recipe } from '../recipe.ts'

export default {
  name: 'uptime-kuma',
  kind: 'Express 4, Socket.IO, SQLite; CommonJS',
  repository: 'louislam/uptime-kuma',
  commit: '6398a9581',
  needs: 'dist/index.html, built or empty',
  start: ['server/server.js'],
  sources: ['server'],
  env: ({ port, folder }) => ({
    UPTIME_KUMA_HOST: '127.0.0.1',
    UPTIME_KUMA_PORT: `${port}`,
    DATA_DIR: `${folder}/`,
    UPTIME_KUMA_DB_TYPE: 'sqlite',
  }),
  asks: [
    '/api/entry-page',
    '/robots.txt',
    '/api/status-page/x',
    '/setup-database-info',
    '/.well-known/change-password',
    '/edited',
  ],
  edits: [
    ['server/routers/api-router.js', 'let result = {};', 'let result = { edited: "a" };'],
    ['server/routers/api-router.js', 'edited: "a"', 'edited: "b"'],
    [
      'server/routers/status-page-router.js',
      'let router = express.Router();',
      'let router = express.Router();\nrouter.get("/edited", (q, s) => s.send("edited"));',
    ],
    ['server/util-server.js', 'exports.', 'exports.edited = 1;\nexports.'],
    ['server/model/status_page.js', 'class StatusPage', 'const edited = 1;\nclass StatusPage'],
    ['server/settings.js', 'class Settings', 'const edited = 1;\nclass Settings'],
    ['server/prometheus.js', 'class Prometheus', 'const edited = 1;\nclass Prometheus'],
    ['server/notification-providers/discord.js', 'class Discord', 'const edited = 1;\nclass Discord'],
    ['server/monitor-types/dns.js', 'class Dns', 'const edited = 1;\nclass Dns'],
    ['server/database.js', 'class Database', 'const edited = 1;\nclass Database'],
    ['server/jobs.js', 'const jobs', 'const edited = 1;\nconst jobs'],
    [
      'server/server.js',
      'app.get("/robots.txt"',
      'app.get("/edited2", (q, s) => s.send("e"));\n    app.get("/robots.txt"',
    ],
    {
      rename: 'server/routers/status-page-router.js',
      to: 'server/routers/pages.js',
      and: [['server/server.js', './routers/status-page-router', './routers/pages']],
    },
    {
      add: 'server/word.js',
      text: 'module.exports = "a word";\n',
      and: [['server/routers/api-router.js', 'edited: "b"', 'edited: require("../word")']],
    },
    ['server/word.js', 'a word', 'another word'],
    { remove: 'server/word.js', and: [['server/routers/api-router.js', 'require("../word")', '"a"']] },
  ],
} satisfies Recipe
