/** The command `immaculata`: reads its arguments, and starts what they ask for. */
import { readFileSync } from 'node:fs'
import { help, parse, type Run } from './command/shared/options.ts'
import { startOfPackage } from './command/shared/start-of-package.ts'
import { Supervisor } from './command/supervisor/supervisor.ts'

const request = parse(process.argv.slice(2))
const run = request.kind === 'without a file' ? runOfPackage() : request.kind === 'run' ? request : undefined
if (run) {
  new Supervisor(run).start()
} else if (request.kind === 'version') {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  console.log(version)
} else if (request.kind === 'help') {
  console.log(help)
} else {
  const message =
    request.kind === 'wrong'
      ? request.message
      : 'give it the file to run: package.json names none that is there ("main", or in its script "start" or "dev"), and there is no index'
  console.error(`immaculata: ${message}\n\n${help}`)
  process.exitCode = 9 // as Node ends when it does not know an argument
}

/** What the package in this folder starts with, if no file is given. */
function runOfPackage(): Run | undefined {
  if (request.kind !== 'without a file') return undefined
  const start = startOfPackage(process.cwd(), words => {
    const split = parse(words)
    return split.kind === 'run' ? split : undefined
  })
  if (!start) return undefined
  Object.assign(process.env, start.env)
  const { entry, args, found } = start
  const nodeFlags = [...request.nodeFlags, ...start.nodeFlags]
  const notes = [...request.notes, `runs ${[...start.nodeFlags, entry, ...args].join(' ')}, ${found}`]
  return { kind: 'run', options: request.options, nodeFlags, entry, args: [...args], notes }
}
