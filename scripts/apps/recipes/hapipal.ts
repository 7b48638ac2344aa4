import type { Recipe } from '../recipe.ts'

const route = (path: string, answer: string) =>
  `'use strict';\n\nmodule.exports = { method: 'get', path: '${path}', options: { handler: () => '${answer}' } };\n`

export default {
  name: 'hapipal',
  kind: 'Hapi with Glue and Haute Couture: routes found in a folder; CommonJS',
  repository: 'hapipal/boilerplate',
  commit: '839e7af',
  start: ['server/index.js'],
  sources: ['lib', 'server'],
  asks: ['/', '/a', '/b', '/nothing'],
  edits: [
    [
      'lib/index.js',
      '// Custom plugin code can go here',
      "server.route({ method: 'get', path: '/', handler: () => 'one' });",
    ],
    ['lib/index.js', "'one'", "'two'"],
    { add: 'lib/routes/a.js', text: route('/a', 'a') },
    ['lib/routes/a.js', "=> 'a'", "=> 'another'"],
    { add: 'lib/routes/b.js', text: route('/b', 'b') },
    ['lib/routes/b.js', "=> 'b'", "=> require('../word')"],
    { add: 'lib/word.js', text: "module.exports = 'word';\n" },
    ['lib/word.js', "'word'", "'words'"],
    { rename: 'lib/word.js', to: 'lib/words.js', and: [['lib/routes/b.js', '../word', '../words']] },
    ['server/manifest.js', "host: 'localhost'", "host: '127.0.0.1'"],
    ['server/manifest.js', 'options: {}', 'options: { edited: true }'],
    ['server/index.js', 'Server started at', 'The server started at'],
    { rename: 'lib/routes/a.js', to: 'lib/routes/c.js', and: [] },
    { remove: 'lib/routes/c.js' },
    ['lib/routes/b.js', "path: '/b'", "path: '/a'"],
    { add: 'server/.env', text: 'EDITED=1\n' },
  ],
} satisfies Recipe
