/** Runs one scenario: `node run.mjs file name`. Prints nothing if it passes. */
import { cleanUp, lab } from './lab.mjs'

const [file, name] = process.argv.slice(2)
const { scenarios } = await import(new URL(file, import.meta.url).href)
let ended = false
process.on('exit', () => {
  cleanUp()
  if (!ended) console.error('the scenario did not come to its end')
})
await scenarios[name](lab)
ended = true
process.exit()
