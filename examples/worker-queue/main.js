// A queue of jobs in SQLite. The database and its jobs survive while everything else is edited.
import { add } from './queue.js'
import './worker.js'

let number = 0

setInterval(() => add('greet', `visitor ${++number}`), 500)
