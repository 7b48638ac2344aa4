/**
 * The arguments of the command. What was typed comes in; what it asks for goes out. The invariant: whatever is wrong with it is answered by
 * one sentence that says what to do.
 */
import { statSync } from 'node:fs'
import { nearest } from '../messages/nearest.ts'
import type { Options, Run } from '../shared/options.ts'
import { isKnown, withValue } from './node-options.ts'
import { type Answer, answerTo } from './words-of-others.ts'

/** No file is given: what runs is up to the package. */
export type WithoutFile = Omit<Run, 'kind' | 'entry' | 'args'> & { kind: 'without a file' }

export type Request =
  | Run
  | WithoutFile
  | { kind: 'help' }
  | { kind: 'version' }
  | { kind: 'status'; wait: boolean; json: boolean; entry: string | undefined }
  | { kind: 'wrong'; message: string }

type Named = keyof Options

/** Options without a value. */
const switches: Readonly<Record<string, readonly [Named, boolean]>> = {
  '--explain': ['explain', true],
  '--quiet': ['quiet', true],
  '--verbose': ['verbose', true],
  '--clear': ['clear', true],
  '--times': ['times', true],
  '--reload': ['reload', true],
  '--ui': ['ui', true],
  '--stay': ['stay', true],
  '--once': ['once', true],
  '--no-auto': ['auto', false],
  '--no-contributions': ['contributions', false],
  '--no-compiler': ['compiler', false],
}

const taking = ['--root', '--ignore', '--include', '--poll']

const own = [...Object.keys(switches), ...taking, '--json', '--help', '--version']

export function parse(argv: readonly string[]): Request {
  if (argv[0] === 'status') return parseStatus(argv.slice(1))
  const options: Options = {}
  const run: Omit<Run, 'entry' | 'args'> = { kind: 'run', options, nodeFlags: [], notes: [] }
  for (let at = 0; at < argv.length; at++) {
    const arg = argv[at]!
    const [name, value] = split(arg)
    if (arg === '--' && at + 1 < argv.length) return { ...run, entry: argv[at + 1]!, args: argv.slice(at + 2) }
    const answer = answerTo(name, value, argv.slice(at + 1))
    if (answer?.wrong !== undefined) return { kind: 'wrong', message: answer.wrong }
    if (answer) {
      at += take(answer, run)
      continue
    }
    if (!arg.startsWith('-') || arg === '-') return { ...run, entry: arg, args: argv.slice(at + 1) }
    if (name === '--help' || name === '-h') return { kind: 'help' }
    if (name === '--version' || name === '-v') return { kind: 'version' }
    const given = switches[name]
    if (given && value === undefined) Object.assign(options, { [given[0]]: given[1] })
    else if (name === '--json') options.json = value || true
    else if (taking.includes(name)) {
      const wrong = setValue(options, name, value ?? argv[++at])
      if (wrong !== undefined) return { kind: 'wrong', message: wrong }
    } else {
      const wrong = whatIsWrong(arg, name)
      if (wrong !== undefined) return { kind: 'wrong', message: wrong }
      run.nodeFlags.push(arg)
      if (value === undefined && withValue.has(name) && at + 1 < argv.length) run.nodeFlags.push(argv[++at]!)
    }
  }
  return { ...run, kind: 'without a file' }
}

/** Does what other tools would do. Returns how many further arguments that took. */
function take({ note, include, poll, nodeFlags, takes = 0 }: Answer, run: Omit<Run, 'entry' | 'args'>): number {
  const { options } = run
  if (note !== undefined) run.notes.push(note)
  if (include) options.include = [...(options.include ?? []), ...include]
  if (poll !== undefined) options.poll ??= poll
  if (nodeFlags) run.nodeFlags.push(...nodeFlags)
  return takes
}

/** Returns what is wrong with the value. */
function setValue(options: Options, name: string, value: string | undefined): string | undefined {
  if (name === '--poll') {
    if (!(Number(value) > 0)) return '--poll takes a number of milliseconds, such as --poll 500'
    options.poll = Number(value)
  } else if (!value) {
    return name === '--root'
      ? '--root takes a folder, such as --root .'
      : `${name} takes a pattern, such as ${name} dist`
  } else if (name === '--root') {
    if (!statSync(value, { throwIfNoEntry: false })?.isDirectory()) return `--root ${value}: there is no such folder`
    options.root = value
  } else {
    const list = name === '--ignore' ? 'ignore' : 'include'
    options[list] = [...(options[list] ?? []), value]
  }
  return undefined
}

function parseStatus(argv: readonly string[]): Request {
  let [wait, json] = [false, false]
  let entry: string | undefined
  for (const arg of argv) {
    if (arg === '--wait') wait = true
    else if (arg === '--json') json = true
    else if (arg === '--help' || arg === '-h') return { kind: 'help' }
    else if (arg.startsWith('-')) {
      const meant = nearest(arg, ['--wait', '--json'])
      return { kind: 'wrong', message: `status has no option ${arg}${meant ? `: did you mean ${meant}?` : ''}` }
    } else entry = arg
  }
  return { kind: 'status', wait, json, entry }
}

/** What is wrong with an option that is not ours; `undefined` if Node knows it. */
function whatIsWrong(arg: string, name: string): string | undefined {
  if (switches[name]) return `${name} takes no value`
  const ownMeant = nearest(name, own)
  if (process.allowedNodeEnvironmentFlags.has(name) || isKnown(arg, name)) return undefined
  const meant = ownMeant ?? nearest(name, process.allowedNodeEnvironmentFlags)
  return `there is no option ${name}${meant === undefined ? ', neither here nor in Node: immaculata --help lists them' : `: did you mean ${meant}?`}`
}

function split(arg: string): [name: string, value: string | undefined] {
  const equals = arg.indexOf('=')
  return arg.startsWith('--') && equals > 0 ? [arg.slice(0, equals), arg.slice(equals + 1)] : [arg, undefined]
}
