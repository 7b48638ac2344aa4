/** The words of node, nodemon, tsx and ts-node-dev that mean something else here, or nothing: each is answered, or done. */
import { statSync } from 'node:fs'

export interface Answer {
  /** A sentence that says what to do instead. */
  readonly wrong?: string
  /** A remark: the program runs. */
  readonly note?: string
  readonly include?: readonly string[]
  readonly poll?: number
  readonly nodeFlags?: readonly string[]
  /** How many of the following arguments belong to it. */
  readonly takes?: number
}

type Word = (given: Given) => Answer | undefined

interface Given {
  readonly name: string
  readonly value: string | undefined
  /** The arguments behind it. */
  readonly rest: readonly string[]
}

/** It has no effect here. `takes`: it has a value. */
const ignored =
  (why: string, takes = false): Word =>
  ({ name, value }) => ({ note: `${name} is ignored: ${why}`, takes: takes && value === undefined ? 1 : 0 })

const wrong =
  (why: string): Word =>
  ({ name }) => ({ wrong: `${name} ${why}` })

const runsNoFile = (name: string) => `${name} runs no file, so nothing could be saved: use node ${name}`

/** nodemon and tsx name folders or files with it, Node nothing. */
const watch: Word = ({ name, value, rest }) => {
  const place = value ?? (rest.length > 1 && isPattern(rest[0]!) && !rest[1]!.startsWith('-') ? rest[0] : undefined)
  if (place === undefined || place === 'true') return { note: `${name} is ignored: saves are live without it` }
  const takes = value === undefined ? 1 : 0
  return {
    note: `${name} ${place}: what the program imports is followed anyhow; other files there restart it`,
    include: [patternOf(place)],
    takes,
  }
}

function isPattern(name: string): boolean {
  return /[*{]/.test(name) || (statSync(name, { throwIfNoEntry: false })?.isDirectory() ?? false)
}

function patternOf(place: string): string {
  const plain = place.replace(/^\.\//, '').replace(/\/$/, '')
  return statSync(place, { throwIfNoEntry: false })?.isDirectory()
    ? plain === '.' || plain === ''
      ? '**'
      : `${plain}/**`
    : plain
}

/** Extensions that nodemon would look at. Those of modules are followed without it. */
const extensions: Word = ({ name, value, rest }) => {
  const list = value ?? rest[0]
  const all = list?.split(/[\s,]+/).map(each => each.replace(/^\*?\./, '')) ?? []
  const isList = all.length > 1 && all.every(each => /^\w+$/.test(each))
  if (name === '-e' && !(isList || /^(?:[cm]?[jt]sx?|json|html|css|yaml|graphql)$/.test(all[0] ?? '')))
    return { wrong: runsNoFile('-e') }
  const others = all.filter(each => !/^(?:[cm]?[jt]sx?|json)$/.test(each))
  const what =
    others.length === 0
      ? 'is ignored: modules are followed without it'
      : `: other files that end so restart the program`
  return {
    note: `${name} ${list ?? ''}${others.length === 0 ? ' ' : ''}${what}`,
    include: others.map(each => `**/*.${each}`),
    takes: value === undefined ? 1 : 0,
  }
}

/** The command that nodemon would run the program with. */
const exec: Word = ({ name, value, rest }) => {
  const command = value ?? rest[0] ?? ''
  const flags = /^(?:npx )?node(?: (.*))?$/.exec(command)
  const takes = value === undefined ? 1 : 0
  if (flags) {
    const nodeFlags = flags[1]?.split(/\s+/).filter(Boolean) ?? []
    return {
      nodeFlags,
      takes,
      note: `${name} is not needed: immaculata runs the program as node ${flags[1] ?? ''}`.trim(),
    }
  }
  if (/^(?:npx )?(?:tsx|ts-node|swc-node|esr|esno)\b[^|&;]*$/.test(command)) {
    return { takes, note: `${name} is not needed: an installed compiler is used by itself` }
  }
  return {
    wrong: `${name} is not for here: immaculata runs the file itself; a compiler is used by itself, or named with --import`,
  }
}

const words: Readonly<Record<string, Word>> = {
  '--watch': watch,
  '-w': watch,
  '--watch-path': given => watch({ ...given, value: given.value ?? given.rest[0] }),
  '--watch-preserve-output': ignored('nothing is cleared unless --clear is given'),
  '--watch-kill-signal': ignored('a save does not end the process', true),
  '--ext': extensions,
  '-e': extensions,
  '--exec': exec,
  '-x': exec,
  '--delay': ignored('a save is live as soon as it is complete', true),
  '-d': ignored('a save is live as soon as it is complete', true),
  '--signal': ignored('a save does not end the process', true),
  '-L': () => ({ note: '-L: the files are looked at every 500 ms, as with --poll 500', poll: 500 }),
  '--legacy-watch': () => ({
    note: '--legacy-watch: the files are looked at every 500 ms, as with --poll 500',
    poll: 500,
  }),
  '-I': ignored('the program gets its input, and keys only until it reads it'),
  '--no-stdin': ignored('the program gets its input, and keys only until it reads it'),
  '--respawn': ignored('the program is started again by itself'),
  '--transpile-only': ignored('types are never checked here'),
  '-T': ignored('types are never checked here'),
  '--on-change-only': wrong('is not for here: the program starts at once'),
  '--config': wrong('is not for here: options can stand in package.json, as "immaculata": { … }'),
  '--clear-screen': ({ value }) =>
    value === 'false' ? { note: '--clear-screen=false is ignored: nothing is cleared' } : undefined,
  '--silent': () => ({ wrong: 'there is no option --silent: did you mean --quiet?' }),
  '-q': () => ({ wrong: 'there is no option -q: did you mean --quiet?' }),
  '-V': () => ({ wrong: 'there is no option -V: did you mean --verbose, or --version?' }),
  '--test': wrong('runs test files, each in a process that ends: use node --test --watch'),
  '--test-only': wrong('belongs to node --test: use node --test --watch'),
  '--eval': ({ name }) => ({ wrong: runsNoFile(name) }),
  '-p': ({ name }) => ({ wrong: runsNoFile(name) }),
  '--print': ({ name }) => ({ wrong: runsNoFile(name) }),
  '-pe': ({ name }) => ({ wrong: runsNoFile(name) }),
  '--run': ({ name }) => ({
    wrong: `${name} runs a script of package.json: put immaculata into that script, in place of node`,
  }),
  '-i': ({ name }) => ({ wrong: runsNoFile(name) }),
  '--interactive': ({ name }) => ({ wrong: runsNoFile(name) }),
  '-c': ({ name }) => ({ wrong: runsNoFile(name) }),
  '--check': ({ name }) => ({ wrong: runsNoFile(name) }),
  '--build-snapshot': ({ name }) => ({ wrong: `${name} is for a process that ends: use node ${name}` }),
  // tsx watch server.ts, vite-node --watch, npm run …
  watch: ({ rest }) => subcommand('watch', rest),
  run: ({ rest }) => subcommand('run', rest),
}

/** A word in front of the file that other tools have. A file of that name is the entry point. */
function subcommand(word: string, rest: readonly string[]): Answer | undefined {
  const exists = (name: string) => statSync(name, { throwIfNoEntry: false }) !== undefined
  if (exists(word) || exists(`${word}.js`) || exists(`${word}.ts`)) return undefined
  const file = rest.find(each => !each.startsWith('-'))
  return file !== undefined && exists(file) ? { note: `"${word}" is not needed: saves are live without it` } : undefined
}

export function answerTo(name: string, value: string | undefined, rest: readonly string[]): Answer | undefined {
  return Object.hasOwn(words, name) ? words[name]!({ name, value, rest }) : undefined
}
