// A queue of jobs in SQLite. The database stays open while everything else is edited, and so do the jobs in it.
import { add } from './queue.js'
import './worker.js'

let number = 0

setInterval(() => add('greet', `visitor ${++number}`), 500)
