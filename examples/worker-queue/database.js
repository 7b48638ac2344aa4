import { DatabaseSync } from 'node:sqlite'

function connect() {
  const database = new DatabaseSync(process.env.DATABASE ?? ':memory:')
  database.exec(`
    CREATE TABLE IF NOT EXISTS jobs (
      id INTEGER PRIMARY KEY,
      kind TEXT NOT NULL,
      payload TEXT NOT NULL,
      done INTEGER NOT NULL DEFAULT 0
    )
  `)
  console.log('database opened')
  return database
}

/** The connection. It survives edits of this file, and is closed when the program ends. */
const database = import.meta.hot ? import.meta.hot.keep('database', connect, database => database.close()) : connect()

export const open = () => database
