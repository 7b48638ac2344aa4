/** The arguments of the command, and how they reach the process that runs the program. */

export interface Options {
  /** The tree's folder. By default it is found from the entry point. */
  root?: string
  explain?: boolean
  quiet?: boolean
  /** Is what a module opens closed when it is replaced? Default: true. */
  auto?: boolean
  /** Look at the disk so often, in ms, instead of waiting for events. */
  poll?: number
  /** Have the browser follow: pages that are open reload when a save is live. */
  reload?: boolean
  /** Patterns of files that are followed although nothing imports them. */
  include?: string[]
  /** Patterns of files and folders that are left alone. */
  ignore?: string[]
  /** End as the program ends, whatever the reason. */
  once?: boolean
  /** Wait for the next save when the program has ended, without a terminal too. */
  stay?: boolean
}

export interface Run {
  kind: 'run'
  options: Options
  nodeFlags: string[]
  entry: string
  args: string[]
  /** Remarks about the arguments. */
  notes: string[]
}

/** No file is given: what runs is up to the package. */
export type WithoutFile = Omit<Run, 'kind' | 'entry' | 'args'> & { kind: 'without a file' }

export type Request = Run | WithoutFile | { kind: 'help' } | { kind: 'version' } | { kind: 'wrong'; message: string }

export const help = `Usage: immaculata [options] [entry] [...args]

Runs a program with Node.js. Every save is live in it, and everything that did not change keeps its state.
Without an entry it runs what package.json names: its "main", else the file of its script "start" or "dev", else the index.

  --root DIR    the folder to watch (default: the workspace, else the package, that the entry is in)
  --explain     show what each save re-evaluates, and why
  --quiet       say nothing about saves that go well
  --reload      reload the pages that are open in a browser on this machine, and show errors in them
  --include GLOB  follow these files, too, although no module imports or reads them (may be given more than once)
  --ignore GLOB leave these files and folders alone (may be given more than once)
  --stay        wait for the next save when the program has ended, as at a terminal
  --once        end as the program ends, at a terminal as well
  --no-auto     leave open what modules open (default: closed when the module is replaced)
  --poll MS     look at the files every MS milliseconds, for disks that report no changes
  --help, --version

All other options before the entry are Node's own: --inspect, --env-file=.env, --import tsx, …
At a terminal: r and Enter restarts the program, q and Enter ends it.`

/** Options of Node that take their value from the next argument (Node 22 to 26). Node itself has no list of them. */
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
  const notes: string[] = []
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
      case '--once':
        options.once = true
        break
      case '--stay':
        options.stay = true
        break
      case '--reload':
        options.reload = true
        break
      case '--include':
      case '--ignore': {
        const pattern = next()
        const own = name === '--include' ? 'include' : 'ignore'
        const example = own === 'include' ? 'public' : '.next'
        if (!pattern) return { kind: 'wrong', message: `${name} takes a pattern, such as ${name} ${example}` }
        options[own] = [...(options[own] ?? []), pattern]
        break
      }
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
          if (entry !== undefined) return { kind: 'run', options, nodeFlags, entry, args: argv.slice(at + 2), notes }
        } else if (!arg.startsWith('-') || arg === '-') {
          return { kind: 'run', options, nodeFlags, entry: arg, args: argv.slice(at + 1), notes }
        } else if (/^--watch(?:-path|-preserve-output|-kill-signal)?$/.test(name)) {
          notes.push(`${name} is ignored: saves are live without it`)
          if (/^--watch-(?:path|kill-signal)$/.test(name) && value === undefined) at++
        } else {
          const wrong = whatIsWrong(name)
          if (wrong) return { kind: 'wrong', message: wrong }
          nodeFlags.push(arg)
          if (value === undefined && withValue.has(name) && at + 1 < argv.length) nodeFlags.push(argv[++at]!)
        }
      }
    }
  }
  return { kind: 'without a file', options, nodeFlags, notes }
}

const ownOptions =
  '--root --reload --include --ignore --explain --quiet --stay --once --no-auto --poll --help --version'.split(' ')

/** Other names for the options. */
const otherNames: Record<string, string> = { '-q': '--quiet', '--silent': '--quiet', '--verbose': '--explain' }

/** The error for a mistyped option, or for one of Node with which there is no file to run. `undefined` if the option is fine. */
function whatIsWrong(name: string): string | undefined {
  if (process.allowedNodeEnvironmentFlags.has(name)) return undefined
  if (/^(?:-e|--eval|-p|--print|-pe|--run|-i|--interactive|-c|--check)$/.test(name)) {
    return `${name} runs no file, so nothing could be saved: use node ${name}`
  }
  const meant = otherNames[name] ?? ownOptions.find(own => name.startsWith('--') && isNear(name, own))
  return meant && `there is no option ${name}: did you mean ${meant}?`
}

/** Do two texts differ by at most two letters? */
function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 2) return false
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]! <= 2
}

function split(arg: string): [name: string, value: string | undefined] {
  const equals = arg.indexOf('=')
  return arg.startsWith('--') && equals > 0 ? [arg.slice(0, equals), arg.slice(equals + 1)] : [arg, undefined]
}

const variable = 'IMMACULATA_COMMAND'

/** The environment with which the options get to the process that runs the program. */
export function toEnvironment(options: Options, flags: readonly string[] = []): NodeJS.ProcessEnv {
  return { ...process.env, [variable]: JSON.stringify({ options, command: process.pid, flags }) }
}

/** The flags of Node that only we need. */
export function flagsFromEnvironment(): readonly string[] {
  const text = process.env[variable]
  return text === undefined ? [] : ((JSON.parse(text) as { flags?: string[] }).flags ?? [])
}

/** The command's options, if the command itself started this process. The program does not see them. */
export function fromEnvironment(): Options | undefined {
  const text = process.env[variable]
  if (text === undefined) return undefined
  delete process.env[variable]
  const { options, command } = JSON.parse(text) as { options: Options; command: number }
  return command === process.ppid ? options : undefined
}
