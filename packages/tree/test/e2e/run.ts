// Runs one scenario, by its sentence, and ends by itself: a tree that kept the process alive would be seen, too.
import { scenarios } from './scenarios.ts'

const name = process.argv[2] ?? ''
// Only where it is needed: fast-check takes longer to load than most scenarios take to run.
const scenario = name === 'fuzz' ? (await import('./fuzz.ts')).fuzz : scenarios[name]
if (!scenario) throw new Error(`no scenario '${name}'`)
await scenario()
