import { open } from './database.js'

const database = open()
const insert = database.prepare('INSERT INTO jobs (kind, payload) VALUES (?, ?)')
const oldest = database.prepare('SELECT * FROM jobs WHERE done = 0 ORDER BY id LIMIT 1')
const finish = database.prepare('UPDATE jobs SET done = 1 WHERE id = ?')

export const add = (kind, payload) => insert.run(kind, payload)
export const next = () => oldest.get()
export const done = job => finish.run(job.id)
