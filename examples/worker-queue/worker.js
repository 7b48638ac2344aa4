import { run } from './jobs.js'
import { done, next } from './queue.js'

setInterval(() => {
  for (let job = next(); job; job = next()) {
    console.log(run(job))
    done(job)
  }
}, 100)
