/** The command `immaculata`: reads its arguments, and starts what they ask for. */
import { readFileSync } from 'node:fs'
import { help, parse } from './command/shared/options.ts'
import { Supervisor } from './command/supervisor/supervisor.ts'

const request = parse(process.argv.slice(2))
if (request.kind === 'run') {
  new Supervisor(request).start()
} else if (request.kind === 'version') {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  console.log(version)
} else if (request.kind === 'help') {
  console.log(help)
} else {
  console.error(`immaculata: ${request.message}\n\n${help}`)
  process.exitCode = 9 // as Node ends when it does not know an argument
}
