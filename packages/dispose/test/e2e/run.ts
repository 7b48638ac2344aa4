// Runs one scenario, by its sentence, in a process of its own, and ends by itself.

import { chains } from './chains.ts'
import { endings } from './endings.ts'
import { environment, workingFolder } from './environment.ts'
import { evaluations } from './evaluations.ts'
import { listeners } from './listeners.ts'
import { listening } from './listening.ts'
import { openings } from './openings.ts'
import { servers } from './servers.ts'
import { successions } from './successions.ts'

const name = process.argv[2] ?? ''
const scenario = {
  ...evaluations,
  ...openings,
  ...chains,
  ...endings,
  ...listeners,
  ...environment,
  ...workingFolder,
  ...listening,
  ...servers,
  ...successions,
}[name]
if (!scenario) throw new Error(`no scenario '${name}'`)
await scenario()
