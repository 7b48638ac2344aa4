/** Programs of packages that are installed only for `pnpm programs --install`. */
import { answering, type Program, saves } from './program.ts'

export const morePackages: Program[] = [
  {
    name: 'awilix: a registration in the container of another module',
    files: {
      'container.js': "import { createContainer } from 'awilix'\nexport const container = createContainer()\n",
      'words.js': version => `import { asFunction, asValue } from 'awilix'
import { container } from './container.js'
container.register({ word: asFunction(() => 'word ${version}'), word${version}: asValue(${version}) })
`,
      'server.js': answering(
        "import { container } from './container.js'\nimport './words.js'",
        "[container.resolve('word'), Object.keys(container.registrations).sort()]",
      ),
    },
    edits: saves('words.js'),
  },
  {
    name: 'i18next: translations that its backend reads',
    files: {
      'locales/en/translation.json': version => JSON.stringify({ hello: `hello ${version}` }),
      'i18n.js': `import i18next from 'i18next'
import Backend from 'i18next-fs-backend'
export const i18n = i18next.createInstance()
await i18n.use(Backend).init({ lng: 'en', backend: { loadPath: 'locales/{{lng}}/{{ns}}.json' } })
`,
      'server.js': answering("import { i18n } from './i18n.js'", "i18n.t('hello')"),
    },
    edits: saves('locales/en/translation.json'),
  },
  {
    name: 'node-cron: a job that a module schedules',
    files: {
      'seen.js': 'export const seen = new Set()\n',
      'jobs.js': version => `import { schedule } from 'node-cron'
import { seen } from './seen.js'
schedule('* * * * * *', () => void seen.add('job ${version}'))
`,
      'server.js': answering(
        "import { seen } from './seen.js'\nimport './jobs.js'",
        '(async () => { seen.clear(); await new Promise(resolve => setTimeout(resolve, 1_200)); return [...seen] })()',
      ),
    },
    edits: saves('jobs.js', 2),
  },
  {
    name: 'socket.io: what is done with a connection',
    files: {
      'io.js': "import { Server } from 'socket.io'\nexport const io = new Server()\n",
      'chat.js': version => `import { io } from './io.js'
io.on('connection', () => 'chat ${version}')
io.of('/room${version}').on('connection', () => {})
`,
      'server.js': answering(
        "import { io } from './io.js'\nimport './chat.js'",
        "[io.sockets.listeners('connection').map(listener => listener()), [...io._nsps.keys()]]",
      ),
    },
    edits: saves('chat.js'),
  },
  {
    name: 'Apollo: a schema from a file, and its resolvers',
    files: {
      'schema.graphql': version => `type Query { word: String, word${version}: String }`,
      'resolvers.js': version => `export const resolvers = { Query: { word: () => 'word ${version}' } }\n`,
      'server.js': answering(
        `import { readFileSync } from 'node:fs'
import { ApolloServer } from '@apollo/server'
import { resolvers } from './resolvers.js'`,
        "(await apollo.executeOperation({ query: '{ word __schema { queryType { fields { name } } } }' })).body",
        "const apollo = new ApolloServer({ typeDefs: readFileSync('schema.graphql', 'utf8'), resolvers })\nawait apollo.start()",
      ),
    },
    edits: [...saves('schema.graphql', 2), ...saves('resolvers.js', 2)],
  },
]
