import type { Recipe } from '../recipe.ts'

export default {
  name: 'pairdrop',
  kind: 'Express 4, ws; ES modules',
  repository: 'schlagmichdoch/PairDrop',
  commit: '31ec776',
  start: ['server/index.js'],
  sources: ['server'],
  asks: ['/config', '/robots.txt', '/nothing', '/', '/edited'],
  edits: [
    ['server/server.js', 'buttons: conf.buttons', "buttons: conf.buttons, more: 'a'"],
    ['server/server.js', "more: 'a'", "more: 'b'"],
    ['server/server.js', "res.redirect(301, '/')", "res.redirect(302, '/')"],
    [
      'server/server.js',
      "app.get('/config'",
      "app.get('/edited', (_, res) => res.send('edited'));\n        app.get('/config'",
    ],
    ['server/peer.js', 'export default', 'export const edited = 1;\nexport default'],
    ['server/helper.js', 'export ', 'export const edited = 1;\nexport '],
    ['server/ws-server.js', 'export default', 'export const edited = 1;\nexport default'],
    [
      'server/index.js',
      'conf.debugMode = process.env.DEBUG_MODE',
      'conf.edited = 1;\nconf.debugMode = process.env.DEBUG_MODE',
    ],
    ['public/robots.txt', 'User-agent', 'User-Agent'],
    {
      rename: 'server/helper.js',
      to: 'server/helpers.js',
      and: [
        ['server/peer.js', './helper.js', './helpers.js'],
        ['server/ws-server.js', './helper.js', './helpers.js'],
      ],
    },
    {
      add: 'server/word.js',
      text: "export default 'a word'\n",
      and: [
        ['server/server.js', 'import http from', "import word from './word.js';\nimport http from"],
        ['server/server.js', "res.send('edited')", 'res.send(word)'],
      ],
    },
    ['server/word.js', 'a word', 'another word'],
    {
      remove: 'server/word.js',
      and: [
        ['server/server.js', "import word from './word.js';\n", ''],
        ['server/server.js', 'res.send(word)', "res.send('none')"],
      ],
    },
  ],
} satisfies Recipe
