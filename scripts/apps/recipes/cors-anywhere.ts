import { createServer } from 'node:http'
import type { Place, Recipe } from '../recipe.ts'

const origin = ({ port }: Place) => port + 1000

export default {
  name: 'cors-anywhere',
  kind: 'reverse proxy, http-proxy; CommonJS',
  repository: 'Rob--W/cors-anywhere',
  commit: '70aaa22',
  start: ['server.js'],
  sources: ['lib'],
  async stub(place) {
    const server = createServer((_request, response) => response.end('from the origin'))
    await new Promise<void>(resolve => server.listen(origin(place), '127.0.0.1', resolve))
    return () => server.close().closeAllConnections()
  },
  asks: [
    place =>
      fetch(`http://127.0.0.1:${place.port}/http://127.0.0.1:${origin(place)}/x`, {
        headers: { origin: 'http://a.example' },
      }).then(answer => answer.text().then(text => [answer.status, text])),
    '/',
    '/iscorsneeded',
    '/http://127.0.0.1:1/x',
  ],
  ignore: /\d{4}/g,
  edits: [
    ['lib/cors-anywhere.js', "'no'", "'not'"],
    ['lib/cors-anywhere.js', 'Missing required', 'It misses a'],
    ['lib/help.txt', 'This API', 'The API'],
    ['lib/rate-limit.js', "'use strict'", "'use strict' // edited"],
    ['lib/regexp-top-level-domain.js', '// Based', '// edited: based'],
    ['server.js', 'Running CORS Anywhere', 'CORS Anywhere runs'],
    ['server.js', "requireHeader: ['origin', 'x-requested-with'],", ''],
    { rename: 'lib/rate-limit.js', to: 'lib/limit.js', and: [['server.js', './lib/rate-limit', './lib/limit']] },
    {
      add: 'lib/word.js',
      text: "module.exports = 'word'\n",
      and: [['lib/cors-anywhere.js', "'not'", "require('./word')"]],
    },
    ['lib/word.js', "'word'", "'words'"],
    { remove: 'lib/word.js', and: [['lib/cors-anywhere.js', "require('./word')", "'no'"]] },
  ],
} satisfies Recipe
