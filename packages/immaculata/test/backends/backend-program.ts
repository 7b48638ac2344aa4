/** What the programs of this folder have in common: a server they need, and servers that count their connections. */
import { answering, type Edit, type Program, saves } from '../programs/program.ts'
import type { Backend } from './servers.ts'

export interface BackendProgram extends Program {
  readonly needs?: Backend
}

/** A name of the process's own, so that programs do not meet each other. */
export const own = 'process.env.PORT'

export const pause = (milliseconds: number) => `await new Promise(resolve => setTimeout(resolve, ${milliseconds}))`

/** What was heard so far, in a module of its own: nothing edits it. */
export const heardModule = 'export const heard = []\n'

/** Asks what a message leads to: `send` is run, and what was heard after `milliseconds` is answered. */
export const hearing = (send: string, milliseconds: number, and = '') =>
  `(async () => { heard.length = 0; ${send}; ${pause(milliseconds)}; return [heard${and}] })()`

/** Counts the connections that PostgreSQL has of this process, by their application's name. */
const countModule = `import pg from 'pg'

export async function count() {
  const client = new pg.Client({ connectionString: process.env.PG, application_name: 'asks' })
  await client.connect()
  const query = 'select count(*)::int n from pg_stat_activity where application_name = $1'
  const { rows } = await client.query(query, ['p' + ${own}])
  await client.end()
  return rows[0].n
}
`

/** The kinds of edits that a client is tried with; each edit's answer tells the connections that the server counts. */
const allEdits: Edit[] = [
  ...saves('query.js', 2),
  ...saves('database.js', 2),
  { file: 'server.js' },
  { file: 'database.js', times: 20 },
  { file: 'query.js', times: 20 },
  { file: 'query.js' },
]

/** A client of PostgreSQL, exported by a module, that a second module asks. */
export function database(name: string, client: string, query: (word: string) => string): BackendProgram {
  return {
    name: `${name}: query, client and entry edited, and twenty quick saves of each`,
    needs: 'PG',
    files: {
      'count.js': countModule,
      'database.js': version => `${client}\n// version ${version}\n`,
      'query.js': version => query(`w${version}`),
      'server.js': version =>
        answering(
          "import { word } from './query.js'\nimport { count } from './count.js'",
          `[await word(), await count(), ${version}]`,
        ),
    },
    edits: allEdits,
  }
}

export const count = { 'count.js': countModule }

/** A module with a server of its own, which answers how many sockets are open: `url` is where. */
export const countingServer = `import { createServer } from 'node:http'
const sockets = new Set()
const server = createServer((request, response) => response.end(String(sockets.size)))
server.keepAliveTimeout = 60_000
server.on('connection', socket => {
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket))
})
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
export const url = 'http://127.0.0.1:' + server.address().port
`
