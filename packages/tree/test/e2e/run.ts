// Runs one scenario, by its sentence, and ends by itself: a tree that kept the process alive would be seen, too.
import { fuzz } from './fuzz.ts'
import { scenarios } from './scenarios.ts'

const name = process.argv[2] ?? ''
const scenario = name === 'fuzz' ? fuzz : scenarios[name]
if (!scenario) throw new Error(`no scenario '${name}'`)
await scenario()
