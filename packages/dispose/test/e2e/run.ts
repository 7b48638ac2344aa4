// Runs one scenario, by its sentence, in a process of its own, and ends by itself.
import { evaluations } from './evaluations.ts'
import { openings } from './openings.ts'
import { servers } from './servers.ts'
import { successions } from './successions.ts'

const name = process.argv[2] ?? ''
const scenario = { ...evaluations, ...openings, ...servers, ...successions }[name]
if (!scenario) throw new Error(`no scenario '${name}'`)
await scenario()
