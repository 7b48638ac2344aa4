import { createConnection } from 'node:net'
import type { Place, Recipe } from '../recipe.ts'

const smtp = ({ port }: Place) => port + 1000

/** The first line of its mail server. */
function greeting(place: Place): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(smtp(place), '127.0.0.1').setEncoding('utf8').on('error', reject)
    socket.on('data', (text: unknown) => socket.end() && resolve(String(text)))
    socket.on('close', () => reject(new Error('it was closed before it greeted')))
  })
}

export default {
  name: 'maildev',
  kind: 'mail server, Express 4, Socket.IO; CommonJS',
  repository: 'maildev/maildev',
  commit: 'v2.2.1',
  start: ['bin/maildev'],
  sources: ['lib', 'bin'],
  env: place => ({
    MAILDEV_WEB_PORT: `${place.port}`,
    MAILDEV_SMTP_PORT: `${smtp(place)}`,
    MAILDEV_IP: '127.0.0.1',
    MAILDEV_WEB_IP: '127.0.0.1',
    MAILDEV_MAIL_DIRECTORY: place.folder,
  }),
  asks: ['/healthz', '/email', '/email/nothing', '/config', greeting],
  ignore: /"smtpPort":"\d+"|220 \S+/g,
  edits: [
    ['lib/routes.js', 'version: pkg.version', "version: pkg.version, more: 'a'"],
    ['lib/routes.js', "more: 'a'", "more: 'b'"],
    ['lib/routes.js', "'/healthz'", "['/healthz', '/health']"],
    ['lib/utils.js', "'0 bytes'", "'none'"],
    ['lib/logger.js', 'logLevel = 1', 'logLevel = 2'],
    ['lib/web.js', "'use strict'", "'use strict' // edited"],
    ['lib/mailserver.js', "'Email was not found'", "'There is no such email'"],
    ['lib/outgoing.js', "'use strict'", "'use strict' // edited"],
    ['lib/auth.js', "'use strict'", "'use strict' // edited"],
    ['lib/options.js', 'Port to run the Web GUI', 'Port of the web interface'],
    ['index.js', 'const version = pkg.version', 'const { version } = pkg'],
    ['bin/maildev', 'maildev.listen()', 'maildev.listen() // edited'],
    {
      rename: 'lib/utils.js',
      to: 'lib/tools.js',
      and: [
        ['lib/routes.js', './utils', './tools'],
        ['lib/mailserver.js', './utils', './tools'],
      ],
    },
    {
      add: 'lib/more.js',
      text: "module.exports = 'more'\n",
      and: [['lib/routes.js', "more: 'b'", "more: require('./more')"]],
    },
    { remove: 'lib/more.js', and: [['lib/routes.js', "require('./more')", "'a'"]] },
  ],
} satisfies Recipe
