/** Clients and pools of PostgreSQL: as many connections as a fresh process has, by the server's own count. */
import { answering, commonJS, listen, saves } from '../programs/program.ts'
import { type BackendProgram, count, database, heardModule, hearing, own } from './backend-program.ts'

const name = `application_name: 'p' + ${own}`
const settings = `{ connectionString: process.env.PG, ${name} }`
const pg = "import pg from 'pg'\n"
const asked = (call: string) => `export const word = async () => (await ${call}).rows[0].w`
const select = (word: string) => `select '${word}' w`

export const databases: BackendProgram[] = [
  database(
    "pg's pool",
    `${pg}export const pool = new pg.Pool(${settings})`,
    word => `import { pool } from './database.js'\n${asked(`pool.query("${select(word)}")`)}`,
  ),
  database(
    "pg's client",
    `${pg}export const client = new pg.Client(${settings})\nawait client.connect()`,
    word => `import { client } from './database.js'\n${asked(`client.query("${select(word)}")`)}`,
  ),
  database(
    'postgres.js',
    `import postgres from 'postgres'\nexport const sql = postgres(process.env.PG, { max: 1, connection: { ${name} } })`,
    word => `import { sql } from './database.js'\nexport const word = async () => (await sql\`${select(word)}\`)[0].w`,
  ),
  database(
    'knex',
    `import knex from 'knex'\nexport const db = knex({ client: 'pg', connection: ${settings}, pool: { min: 0, max: 5 } })`,
    word => `import { db } from './database.js'\n${asked(`db.raw("${select(word)}")`)}`,
  ),
  database(
    'kysely',
    `${pg}import { Kysely, PostgresDialect } from 'kysely'\nexport const db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool(${settings}) }) })`,
    word =>
      `import { sql } from 'kysely'\nimport { db } from './database.js'\n${asked(`sql\`${select(word)}\`.execute(db)`)}`,
  ),
  database(
    'drizzle',
    `${pg}import { drizzle } from 'drizzle-orm/node-postgres'\nexport const db = drizzle({ client: new pg.Pool(${settings}) })`,
    word =>
      `import { sql } from 'drizzle-orm'\nimport { db } from './database.js'\n${asked(`db.execute(sql\`${select(word)}\`)`)}`,
  ),
  database(
    'sequelize',
    `import { Sequelize } from 'sequelize'\nexport const db = new Sequelize(process.env.PG, { logging: false, dialectOptions: { ${name} } })`,
    word =>
      `import { db } from './database.js'\nexport const word = async () => (await db.query("${select(word)}"))[0][0].w`,
  ),
  {
    name: 'a pool of the entry point, which exports nothing',
    needs: 'PG',
    files: {
      ...count,
      'query.js': version =>
        `export const word = async pool => (await pool.query("${select(`w${version}`)}")).rows[0].w`,
      'server.js': version =>
        answering(
          `${pg}import { word } from './query.js'\nimport { count } from './count.js'`,
          `[await word(pool), await count(), ${version}]`,
          `const pool = new pg.Pool(${settings})`,
        ),
    },
    edits: [...saves('query.js', 4), ...saves('server.js', 2)],
  },
  {
    name: 'a pool that only an async main() knows',
    needs: 'PG',
    files: {
      ...count,
      'server.js': version => `${pg}import { createServer } from 'node:http'
import { count } from './count.js'
import { kept } from './kept.js'

async function main() {
  const pool = new pg.Pool(${settings})
  await pool.query('select 1')
  createServer(async (request, response) => {
    if (request.url === '/kept') return response.end(kept)
    const { rows } = await pool.query("${select(`w${version}`)}")
    response.end(JSON.stringify([rows[0].w, await count()]))
  })${listen}
}
main()
`,
    },
    edits: saves('server.js', 4),
  },
  {
    name: 'a pool in CommonJS',
    needs: 'PG',
    files: {
      ...commonJS,
      'count.cjs': count['count.js']
        .replace("import pg from 'pg'", "const pg = require('pg')")
        .replace('export ', 'exports.count = '),
      'database.js': version =>
        `const { Pool } = require('pg')\nexports.pool = new Pool({ ...${settings}, idleTimeoutMillis: 0, max: ${version + 3} })`,
      'server.js': `const { createServer } = require('node:http')
const { count } = require('./count.cjs')
const { pool } = require('./database.js')
const { kept } = require('./kept.js')

createServer(async (request, response) => {
  if (request.url === '/kept') return response.end(kept)
  await pool.query('select 1')
  response.end(JSON.stringify([pool.options.max, await count()]))
})${listen}
`,
    },
    edits: saves('database.js', 8),
  },
  {
    name: 'an advisory lock that only one may hold',
    needs: 'PG',
    files: {
      'lead.js': version => `${pg}const client = new pg.Client(process.env.PG)
await client.connect()
const { rows } = await client.query('select pg_try_advisory_lock($1) ok', [Number(${own})])
export const leads = rows[0].ok
export const version = ${version}
`,
      'server.js': answering("import { leads, version } from './lead.js'", '[version, leads]'),
    },
    edits: saves('lead.js', 3),
  },
  {
    name: 'a client that listens',
    needs: 'PG',
    files: {
      'heard.js': heardModule,
      'database.js': `${pg}export const client = new pg.Client(process.env.PG)\nawait client.connect()`,
      'listen.js': version => `${pg}import { heard } from './heard.js'
const client = new pg.Client(process.env.PG)
await client.connect()
client.on('notification', message => heard.push('v${version} ' + message.payload))
await client.query('listen n' + ${own})
`,
      'server.js': answering(
        "import { client } from './database.js'\nimport { heard } from './heard.js'\nimport './listen.js'",
        hearing(`await client.query("notify n" + ${own} + ", 'hello'")`, 100),
      ),
    },
    edits: saves('listen.js', 3),
  },
]
