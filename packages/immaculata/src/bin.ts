/** The command `immaculata`: reads its arguments, and does what they ask for. */
import { withPackageOptions } from './command/arguments/package-options.ts'
import { parse } from './command/arguments/parse.ts'
import { runOfPackage } from './command/arguments/run-of-package.ts'
import { say } from './command/messages/terminal.ts'
import { Supervisor } from './command/supervisor/supervisor.ts'

const given = parse(process.argv.slice(2))
const request = withPackageOptions(given.kind === 'without a file' ? runOfPackage(given) : given)
/** Built as CommonJS, where nothing is awaited at top level. */
async function run(): Promise<void> {
  if (request.kind === 'run') {
    new Supervisor(request).start()
  } else if (request.kind === 'status') {
    const { sayStatus } = await import('./command/status/status-command.ts')
    process.exitCode = await sayStatus(request)
  } else if (request.kind === 'version') {
    const { version } = await import('./command/messages/show.ts')
    console.log(version())
  } else if (request.kind === 'help') {
    const { help } = await import('./command/arguments/help.ts')
    console.log(help)
  } else {
    say(request.message)
    process.exitCode = 9 // as Node ends when it does not know an argument
  }
}

void run()
