// Runs the scenario of that name, and ends by itself: a tree that keeps the process alive fails the test.
import { scenarios } from './scenarios.ts'

const name = process.argv[2] ?? ''
// Loaded only where it is needed: fast-check takes longer to load than most scenarios take to run.
const scenario = name === 'fuzz' ? (await import('./fuzz.ts')).fuzz : scenarios[name]
if (!scenario) throw new Error(`no scenario '${name}'`)
await scenario()
