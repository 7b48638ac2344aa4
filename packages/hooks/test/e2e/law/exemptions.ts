/**
 * Where the two processes may differ, each with its name, the versions of Node, and what plain Node itself does there. How often
 * each was needed is counted.
 */
import { endOf, equal, fileOf, type Observed, type Result } from './judge.ts'
import type { Source } from './source.ts'
import { importsOf, type State } from './state.ts'

export interface Difference {
  /** `v24.21.0` */
  readonly node: string
  readonly state: State
  readonly hot: Result
  /** From a fresh process that was asked for everything in the same order. */
  readonly cold: Observed
  /** From a fresh process that was asked for this only. */
  readonly alone: Observed
  /** Whether anything was published since this was asked for last. */
  readonly news: boolean
  /** How something failed in this process so far. */
  readonly failures: ReadonlySet<string>
  /** Whether this very answer was given before, in a state in which a fresh process was told of a race too. */
  readonly keepsRace: boolean
  /** Whether a CommonJS module failed before, and several modules imported it. */
  readonly forgotten: boolean
  /**
   * What fresh processes say that were asked first for the ES modules that have failed in this process and are not stale; and for
   * everything else that this one was asked for, too, whichever of it first.
   */
  afterOthers(): Promise<readonly Result[]>
  /** What they say that load imported CommonJS in TypeScript in the way in which they load imported CommonJS in JavaScript. */
  asJavaScript(): Promise<readonly Result[]>
}

/** 22.15.0 and 24.0.0. */
const isFloor = (node: string): boolean => /^v(?:22\.15|24\.0)\./.test(node)

const races = /ERR_REQUIRE_ESM_RACE_CONDITION|ERR_INTERNAL_ASSERTION|ERR_VM_MODULE_LINK_FAILURE/

/**
 * A `require()` of an ES module whose `import()` is under way, or has failed, says ERR_REQUIRE_ESM_RACE_CONDITION (Node 24 and
 * 26) or ERR_INTERNAL_ASSERTION or ERR_VM_MODULE_LINK_FAILURE (Node 22): that tells what else this process was asked for, not
 * what is in the files.
 */
export const isRace = (results: readonly Result[]): boolean => races.test(JSON.stringify(results))

/** The name of the one that is needed while updates are under way, too. */
export const words =
  'all: a process remembers in which words an ES module failed, which differ between import() and require()'

const exemptions: readonly {
  readonly name: string
  readonly holds: (difference: Difference) => boolean | Promise<boolean>
}[] = [
  {
    // With any hooks, even ones that only call `next`, require() of an ES module fails to link where later versions link it,
    // once it imports CommonJS or JSON.
    name: '22.15.0 and 24.0.0: require() with hooks does not link',
    holds: ({ node, hot }) => isFloor(node) && isRace([hot]),
  },
  {
    // The `require` that Node makes up for an imported CommonJS module looks for `module.exports` in what is none.
    name: '24.0.0: require() in imported CommonJS throws a TypeError of its own',
    holds: ({ node, cold, alone }) =>
      /^v24\.0\./.test(node) &&
      [...alone.results, ...cold.results].some(result => /"TypeError"/.test(JSON.stringify(result))),
  },
  {
    // `import` takes no file with an extension that it does not know, unless a `require()` has loaded it as JavaScript before, and
    // nor does the `require` that Node 22 makes up for imported CommonJS in TypeScript; on 22.15.0, which strips no types unless told, .ts is one of them.
    name: 'all: unknown extensions, to import() after require(), and to the require() of imported CommonJS TypeScript',
    holds: ({ node, state, hot, alone }) =>
      /ERR_UNKNOWN_FILE_EXTENSION/.test(JSON.stringify([hot, alone.results])) &&
      [...state.keys()].some(path => path.endsWith('.tsx') || (/^v22\.15\./.test(node) && /ts$/.test(path))),
  },
  {
    // What is in a circle with a module that does not link stays in the loader's cache, linked to a job that has no links.
    name: '24 and 26: within one state, a process remembers a circle that could not be linked, as a TypeError of its own',
    holds: ({ news, hot }) =>
      !news && /Cannot read properties of undefined \(reading 'length'\)/.test(hot.message ?? ''),
  },
  {
    name: 'all: within one state, a process remembers the failure of an import() and tells require() of a race',
    holds: ({ news, hot }) => !news && isRace([hot]),
  },
  {
    name: 'all: the fresh process tells of a race',
    holds: ({ cold, alone }) => isRace(alone.results) || isRace(cold.results),
  },
  {
    // A promise, say, that an unchanged module once got from `import()` of what somebody else required at that moment, in vain.
    name: 'all: an unchanged module keeps the race that it was told of, where the file that it asked for fails anyway',
    holds: ({ hot, alone, keepsRace }) => keepsRace && differsInPairs(hot, alone.results[0]!, told => races.test(told)),
  },
  {
    // A second ES module that imports a CommonJS module that failed gets `undefined` for all of its exports.
    name: 'all: a failed CommonJS module is taken for evaluated by its second importer',
    holds: ({ state, alone, forgotten }) => forgotten || hasForgottenFailure(state, alone),
  },
  {
    // An ES module that failed stays failed, as long as nothing that it depends on changes; and how is told as it was told first:
    // with its own error where `require()` says ERR_REQUIRE_ASYNC_MODULE, as ERR_AMBIGUOUS_MODULE_SYNTAX or as the ReferenceError
    // that Node makes this from.
    name: words,
    holds: ({ node, hot, alone, failures }) => differsInWordsOnly(node, hot, alone.results[0]!, failures),
  },
  {
    // Of two modules that fail, the one that waits is told of last: unless it failed before, then its error is there at once. And
    // one that could not be linked is not linked again, but what is imported beside it is, and its error is told. In a circle of
    // `export *`, V8 takes a name that two modules have for ambiguous or not, by which of them is linked first.
    name: 'all: what fails first, and what is ambiguous in a circle, depends on what was asked for before',
    holds: async ({ hot, afterOthers }) => isAmong(hot, await afterOthers()),
  },
  {
    // CommonJS in TypeScript that is imported has a `require` that makes one more namespace with `__esModule` for each ES module
    // with a default export, and that evaluates CommonJS twice which is in a circle with an ES module (`cjsCache` in the
    // translators); what is imported under the hooks has the `require` of all others.
    name: '22: imported CommonJS TypeScript has a require of its own',
    holds: async ({ node, hot, asJavaScript }) => /^v22\./.test(node) && isAmong(hot, await asJavaScript()),
  },
]

const isAmong = (hot: Result, all: readonly Result[]): boolean => all.some(result => equal(endOf(hot), endOf(result)))

/** The name of the exemption that excuses a difference, if there is one. */
export async function exemptionFor(difference: Difference): Promise<string | undefined> {
  for (const { name, holds } of exemptions) if (await holds(difference)) return name
  return undefined
}

/** The same for a process that ended. */
export function exemptionForEnd(node: string, message: string): string | undefined {
  // `ModuleWrap::EvaluateSync`: require() in imported CommonJS of an ES module with a top-level await.
  const isAbort = isFloor(node) && /Assertion failed: env->options\(\)->print_required_tla/.test(message)
  return isAbort ? '22.15.0 and 24.0.0: Node aborts at a required top-level await' : undefined
}

/** How anything failed, in what a program was given. */
export function failuresIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) =>
    (key === 'error' || key === 'caught') && typeof part === 'string' ? [part] : failuresIn(part),
  )
}

/** `before`: how something failed in this process so far. */
export function differsInWordsOnly(node: string, hot: Result, cold: Result, before: ReadonlySet<string>): boolean {
  const isOneFailure = (x: string, y: string) => {
    const pair = [x, y].sort().join()
    if (pair === 'ERR_AMBIGUOUS_MODULE_SYNTAX,ReferenceError') return true
    // On Node 22, a `require()` tells whatever an `import()` was told before, not only of rejected promises.
    const own = /^v22\./.test(node)
      ? /\bERR_REQUIRE_ASYNC_MODULE\b/
      : /^ERR_REQUIRE_ASYNC_MODULE,Error rejected by \d+$/
    return own.test(pair) && before.has(x)
  }
  return differsInPairs(hot, cold, isOneFailure)
}

/** Whether two processes saw the same, and the same failures but for pairs that are allowed. */
function differsInPairs(hot: Result, cold: Result, isAllowed: (hot: string, cold: string) => boolean): boolean {
  const [a, b] = [failuresIn(endOf(hot)), failuresIn(endOf(cold))]
  const same = (value: unknown) =>
    JSON.stringify(value, (key, part) => (key === 'error' || key === 'caught' ? '' : part))
  return (
    a.length === b.length &&
    a.every((failure, index) => failure === b[index] || isAllowed(failure, b[index]!)) &&
    same(endOf(hot)) === same(endOf(cold))
  )
}

/** `asked` is how often the program itself may have imported a file, besides the modules that do. */
export function hasForgottenFailure(state: State, cold: Observed, asked = (_path: string) => 0): boolean {
  const started = cold.log.filter(line => line.startsWith('start ')).map(line => fileOf(line.slice(6)))
  const failed = started.filter(path => state.get(path)?.style === 'cjs')
  // What does not parse does not even start.
  for (const [path, source] of state) if (isBrokenCommonJS(path, source)) failed.push(path)
  return failed.some(path => {
    if (cold.log.includes(`end ${path}`)) return false
    const importers = [...state].filter(([other, source]) => importsOf(other, source).includes(path))
    // A file may be several modules, one for each query and hash.
    const ids = [...state.values()].flatMap(({ statements }) => statements.map(({ specifier = '' }) => specifier))
    const asOther = (name: string) =>
      ids.some(specifier => /[?#]/.test(specifier) && decodeURI(specifier).includes(name))
    return (
      importers.length + asked(path) > 1 || importers.some(([other]) => asOther(other.slice(other.lastIndexOf('/'))))
    )
  })
}

function isBrokenCommonJS(path: string, { style, statements }: Source): boolean {
  if (style === 'esm') return /\.c[jt]s$|\/c\/[^/]+\.[jt]s$/.test(path)
  return style === 'cjs' && statements.some(({ kind }) => kind === 'syntax error')
}
