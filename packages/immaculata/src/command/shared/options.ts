/** The arguments of the command, and how they reach the process that runs the program. */

export interface Options {
  /** The tree's folder; found from the entry point if it is not given. */
  root?: string
  explain?: boolean
  quiet?: boolean
  /** Whether what a module's evaluation opens is closed with it. Default true. */
  auto?: boolean
  /** Look at the disk that often, in ms, instead of being told. */
  poll?: number
}

export interface Run {
  kind: 'run'
  options: Options
  nodeFlags: string[]
  entry: string
  args: string[]
}

export type Request = Run | { kind: 'help' } | { kind: 'version' } | { kind: 'wrong'; message: string }

export const help = `Usage: immaculata [options] <entry> [...args]

Runs a program with Node.js. What you save is live in it, with the state of all that did not change.

  --root DIR    the folder to watch (default: the workspace, else the package, that the entry is in)
  --explain     say for each save what is evaluated again, and why
  --quiet       say nothing of saves that go well
  --no-auto     leave open what modules open (default: closed when the module is replaced)
  --poll MS     look at the files every MS milliseconds, for disks that report no changes
  --help, --version

All other options before the entry are Node's own: --inspect, --env-file=.env, --import tsx, …
At a terminal: r and Enter starts the program anew, q and Enter ends it.`

/** Options of Node that take their value from the next argument (Node 22 to 26; Node has no list of them to ask for). */
const withValue = new Set(
  [
    '-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists --input-type',
    '--title --icu-data-dir --openssl-config --tls-cipher-list --tls-keylog --redirect-warnings --diagnostic-dir',
    '--report-dir --report-directory --report-filename --report-signal --inspect-port --debug-port --disable-warning',
    '--unhandled-rejections --dns-result-order --max-http-header-size --localstorage-file --heapsnapshot-signal',
    '--heapsnapshot-near-heap-limit --cpu-prof-dir --cpu-prof-name --cpu-prof-interval --heap-prof-dir --heap-prof-name',
    '--heap-prof-interval --network-family-autoselection-attempt-timeout --secure-heap --secure-heap-min --trace-event-categories',
    '--trace-event-file-pattern --trace-require-module --experimental-config-file --allow-fs-read --allow-fs-write --icu-data-dir',
    '--disable-proto --use-largepages --experimental-sea-config --stack-trace-limit --max-old-space-size --v8-pool-size',
  ].flatMap(line => line.split(' ')),
)

export function parse(argv: readonly string[]): Request {
  const options: Options = {}
  const nodeFlags: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const arg = argv[at]!
    const [name, value] = split(arg)
    const next = () => value ?? argv[++at]
    switch (name) {
      case '--help':
      case '-h':
        return { kind: 'help' }
      case '--version':
      case '-v':
        return { kind: 'version' }
      case '--explain':
        options.explain = true
        break
      case '--quiet':
        options.quiet = true
        break
      case '--no-auto':
        options.auto = false
        break
      case '--root': {
        const root = next()
        if (!root) return { kind: 'wrong', message: '--root takes a folder' }
        options.root = root
        break
      }
      case '--poll': {
        const poll = Number(next())
        if (!(poll > 0)) return { kind: 'wrong', message: '--poll takes a number of milliseconds' }
        options.poll = poll
        break
      }
      default: {
        if (arg === '--') {
          const entry = argv[at + 1]
          if (entry !== undefined) return { kind: 'run', options, nodeFlags, entry, args: argv.slice(at + 2) }
        } else if (!arg.startsWith('-') || arg === '-') {
          return { kind: 'run', options, nodeFlags, entry: arg, args: argv.slice(at + 1) }
        } else {
          nodeFlags.push(arg)
          if (value === undefined && withValue.has(name) && at + 1 < argv.length) nodeFlags.push(argv[++at]!)
        }
      }
    }
  }
  return { kind: 'wrong', message: 'give it the file to run' }
}

function split(arg: string): [name: string, value: string | undefined] {
  const equals = arg.indexOf('=')
  return arg.startsWith('--') && equals > 0 ? [arg.slice(0, equals), arg.slice(equals + 1)] : [arg, undefined]
}

const variable = 'IMMACULATA_COMMAND'

/** The options on their way to the process that runs the program. */
export function toEnvironment(options: Options): NodeJS.ProcessEnv {
  return { ...process.env, [variable]: JSON.stringify(options) }
}

/** The command's options, if the command started this process. The program does not get to see them. */
export function fromEnvironment(): Options | undefined {
  const text = process.env[variable]
  if (text === undefined) return undefined
  delete process.env[variable]
  return JSON.parse(text) as Options
}
