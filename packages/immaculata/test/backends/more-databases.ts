/** ORMs, a second database, queues that live in PostgreSQL, and migrations that run at the start. */
import { answering, saves } from '../programs/program.ts'
import { type BackendProgram, count, countingServer, database, own } from './backend-program.ts'

const name = `application_name: 'p' + ${own}`
const settings = `{ connectionString: process.env.PG, ${name} }`
const pg = "import pg from 'pg'\n"

/** Counts the connections that MariaDB has of this process, by the name of its database. */
const countMysql = `import mysql from 'mysql2/promise'

export async function count() {
  const connection = await mysql.createConnection(process.env.MYSQL)
  const [rows] = await connection.query("select count(*) n from information_schema.processlist where db = ?", ['p' + ${own}])
  await connection.end()
  return rows[0].n
}
`

export const moreDatabases: BackendProgram[] = [
  database(
    'typeorm',
    `import 'reflect-metadata'\nimport { DataSource } from 'typeorm'\nexport const db = new DataSource({ type: 'postgres', url: process.env.PG, applicationName: 'p' + ${own} })\nawait db.initialize()`,
    word =>
      `import { db } from './database.js'\nexport const word = async () => (await db.query("select '${word}' w"))[0].w`,
  ),
  database(
    'mikro-orm',
    `import { EntitySchema, MikroORM } from '@mikro-orm/postgresql'
const schema = new EntitySchema({ name: 'Item', properties: { id: { type: 'number', primary: true } } })
export const orm = await MikroORM.init({ clientUrl: process.env.PG, entities: [schema], driverOptions: { ${name} } })`,
    word =>
      `import { orm } from './database.js'\nexport const word = async () => (await orm.em.getConnection().execute("select '${word}' w"))[0].w`,
  ),
  {
    name: 'typeorm: initialized by the entry point',
    needs: 'PG',
    files: {
      ...count,
      'database.js': version =>
        `import 'reflect-metadata'\nimport { DataSource } from 'typeorm'\nexport const db = new DataSource({ type: 'postgres', url: process.env.PG, applicationName: 'p' + ${own} })\n// version ${version}\n`,
      'query.js': version =>
        `import { db } from './database.js'\nexport const word = async () => (await db.query("select 'w${version}' w"))[0].w`,
      'server.js': version =>
        answering(
          "import { count } from './count.js'\nimport { db } from './database.js'\nimport { word } from './query.js'",
          `[await word(), await count(), ${version}]`,
          'await db.initialize()',
        ),
    },
    edits: [...saves('query.js', 2), ...saves('database.js', 2), ...saves('server.js', 2)],
  },
  {
    name: "mysql2's pool: query, client and entry edited, and twenty quick saves of each",
    needs: 'MYSQL',
    files: {
      'count.js': countMysql,
      'database.js': version =>
        `import mysql from 'mysql2/promise'
const first = await mysql.createConnection(process.env.MYSQL)
await first.query('create database if not exists p' + ${own})
await first.end()
export const pool = mysql.createPool({ uri: process.env.MYSQL, database: 'p' + ${own} })\n// version ${version}\n`,
      'query.js': version =>
        `import { pool } from './database.js'\nexport const word = async () => (await pool.query("select 'w${version}' w"))[0][0].w`,
      'server.js': version =>
        answering(
          "import { word } from './query.js'\nimport { count } from './count.js'",
          `[await word(), await count(), ${version}]`,
        ),
    },
    edits: [
      ...saves('query.js', 2),
      ...saves('database.js', 2),
      { file: 'server.js' },
      { file: 'database.js', times: 20 },
      { file: 'query.js', times: 20 },
    ],
  },
  {
    name: 'pg-boss: a worker on the boss of another module',
    needs: 'PG',
    files: {
      'boss.js': `import { PgBoss } from 'pg-boss'
export const boss = new PgBoss({ connectionString: process.env.PG, schema: 'boss' + ${own} })
boss.on('error', () => {})
await boss.start()
await boss.createQueue('jobs')
`,
      'heard.js': 'export const heard = []\n',
      'work.js': version => `import { boss } from './boss.js'
import { heard } from './heard.js'
await boss.work('jobs', { pollingIntervalSeconds: 0.5 }, async ([job]) => { heard.push('v${version} ' + job.data.n) })
`,
      'server.js': answering(
        "import { boss } from './boss.js'\nimport { heard } from './heard.js'\nimport './work.js'",
        `(async () => { heard.length = 0; await boss.send('jobs', { n: 1 }); await boss.send('jobs', { n: 2 }); for (let i = 0; i < 40 && heard.length < 2; i++) await new Promise(resolve => setTimeout(resolve, 100)); return heard.sort() })()`,
      ),
    },
    edits: saves('work.js', 3),
    mayRestart: true,
  },
  {
    name: 'graphile-worker: its tasks in another module',
    needs: 'PG',
    files: {
      ...count,
      'heard.js': 'export const heard = []\n',
      'tasks.js': version =>
        `import { heard } from './heard.js'\nexport const say = async payload => { heard.push('v${version} ' + payload.n) }`,
      'worker.js': `${pg}import { run } from 'graphile-worker'
import { say } from './tasks.js'
const pool = new pg.Pool(${settings})
pool.on('error', () => {})
export const runner = await run({ pgPool: pool, schema: 'graphile', pollInterval: 300, noHandleSignals: true, taskList: { ['say' + ${own}]: say }, logger: undefined })
`,
      'server.js': answering(
        "import { heard } from './heard.js'\nimport { runner } from './worker.js'",
        `(async () => { heard.length = 0; await runner.addJob('say' + ${own}, { n: 1 }); for (let i = 0; i < 40 && heard.length < 1; i++) await new Promise(resolve => setTimeout(resolve, 100)); return heard })()`,
      ),
    },
    edits: saves('tasks.js', 3),
  },
  {
    name: 'umzug: migrations at the start, and an added one runs',
    needs: 'PG',
    files: {
      'database.js': `${pg}export const pool = new pg.Pool(${settings})`,
      'migrations/1.js': "export const up = async ({ context }) => { context.push('one') }",
      'server.js': answering(
        "import { memoryStorage, Umzug } from 'umzug'",
        'done',
        `const done = []
const migrations = new Umzug({
  migrations: {
    glob: 'migrations/*.js',
    resolve: ({ name, path, context }) => ({ name, up: async () => (await import('file://' + path)).up({ context }) }),
  },
  context: done,
  storage: memoryStorage(),
  logger: undefined,
})
await migrations.up()`,
      ),
    },
    edits: [
      { file: 'migrations/2.js', text: "export const up = async ({ context }) => { context.push('two') }" },
      { file: 'migrations/1.js', text: "export const up = async ({ context }) => { context.push('first') }" },
    ],
  },
  {
    name: 'an http.Agent of a module that keeps its connections',
    files: {
      'api.js': countingServer,
      'agent.js': version => `import { Agent } from 'node:http'
export const agent = new Agent({ keepAlive: true })
export const version = ${version}
`,
      'server.js': answering(
        "import { get } from 'node:http'\nimport { agent, version } from './agent.js'\nimport { url } from './api.js'",
        `[version, await new Promise((resolve, reject) => get(url, { agent }, async response => { let text = ''; for await (const part of response) text += part; resolve(text) }).on('error', reject))]`,
      ),
    },
    edits: [...saves('agent.js', 3), { file: 'agent.js', times: 20 }],
  },
]
