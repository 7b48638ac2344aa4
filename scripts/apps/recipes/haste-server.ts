import type { Recipe } from '../recipe.ts'

export default {
  name: 'haste-server',
  kind: 'connect, static site; CommonJS of 2012',
  repository: 'toptal/haste-server',
  commit: 'a567632',
  start: ['server.js'],
  sources: ['lib'],
  pace: 800, // it answers 500 questions in a minute
  asks: ['/documents/about', '/raw/about', '/documents/nothing', '/about.md', '/edited'],
  edits: [
    ['about.md', '# Haste', '# Haste, edited'],
    ['about.md', 'edited', 'edited twice'],
    ['lib/document_handler.js', 'Document not found.', 'There is no such document.'],
    ['lib/key_generators/phonetic.js', 'const ', 'const edited = 1\nconst '],
    ['lib/document_stores/file.js', "var fs = require('fs');", "var fs = require('fs'); // edited"],
    ['server.js', "var http = require('http');", "var http = require('http'); // edited"],
    ['config.js', '"maxLength": 400000', '"maxLength": 500000'],
    [
      'server.js',
      'app.use(route(function(router) {',
      "app.use(route(function(router) {\n  router.get('/edited', (q, s) => s.end('edited'));",
    ],
    {
      rename: 'lib/document_handler.js',
      to: 'lib/documents.js',
      and: [['server.js', './lib/document_handler', './lib/documents']],
    },
    {
      add: 'lib/word.js',
      text: "module.exports = 'a word';\n",
      and: [['server.js', "s.end('edited')", "s.end(require('./lib/word'))"]],
    },
    ['lib/word.js', 'a word', 'another word'],
    { remove: 'lib/word.js', and: [['server.js', "require('./lib/word')", "'no word'"]] },
  ],
} satisfies Recipe
