/**
 * The exemptions: where the two processes may differ. Each has a name, the versions of Node that it holds for, and what plain Node
 * itself does there. How often each is needed is counted.
 */
import { endOf, equal, fileOf, type Observed, type Result } from './judge.ts'
import type { Source } from './source.ts'
import { importsOf, type State } from './state.ts'

export interface Difference {
  /** `v24.21.0` */
  readonly node: string
  readonly state: State
  readonly hot: Result
  /** What a fresh process gave that loaded everything in the same order. */
  readonly cold: Observed
  /** What a fresh process gave that loaded only this. */
  readonly alone: Observed
  /** Was anything published since this was loaded last? */
  readonly news: boolean
  /** The failures that this process has seen so far. */
  readonly failures: ReadonlySet<string>
  /** Was the same answer given before, in a state in which a fresh process got a race, too? */
  readonly keepsRace: boolean
  /** Did a CommonJS module fail before that several modules import? */
  readonly forgotten: boolean
  /**
   * What fresh processes give that first load the ES modules which have failed in this process and are not stale, and then
   * everything else that this process loaded, in several orders.
   */
  afterOthers(): Promise<readonly Result[]>
  /** What fresh processes give that load imported CommonJS TypeScript in the same way as imported CommonJS JavaScript. */
  asJavaScript(): Promise<readonly Result[]>
}

/** 22.15.0 and 24.0.0. */
const isFloor = (node: string): boolean => /^v(?:22\.15|24\.0)\./.test(node)

const races = /ERR_REQUIRE_ESM_RACE_CONDITION|ERR_INTERNAL_ASSERTION|ERR_VM_MODULE_LINK_FAILURE/

/**
 * A race: `require()` of an ES module whose `import()` is running, or has failed, throws ERR_REQUIRE_ESM_RACE_CONDITION (Node 24
 * and 26), or ERR_INTERNAL_ASSERTION or ERR_VM_MODULE_LINK_FAILURE (Node 22). It depends on what else the process has loaded, not
 * on what is in the files.
 */
export const isRace = (results: readonly Result[]): boolean => races.test(JSON.stringify(results))

/** The name of the exemption that is also needed while updates are running. */
export const words =
  'all: a process remembers the first error of a failed ES module, and import() and require() give different ones'

const exemptions: readonly {
  readonly name: string
  readonly holds: (difference: Difference) => boolean | Promise<boolean>
}[] = [
  {
    // With any hooks, even hooks that only call `next`, require() of an ES module that imports CommonJS or JSON fails to link.
    // Later versions link it.
    name: '22.15.0 and 24.0.0: require() with hooks does not link',
    holds: ({ node, hot }) => isFloor(node) && isRace([hot]),
  },
  {
    // Node gives an imported CommonJS module a `require` of its own, which looks for `module.exports` where there is none.
    name: '24.0.0: require() in imported CommonJS throws a TypeError of its own',
    holds: ({ node, cold, alone }) =>
      /^v24\.0\./.test(node) &&
      [...alone.results, ...cold.results].some(result => /"TypeError"/.test(JSON.stringify(result))),
  },
  {
    // `import` refuses a file of an unknown extension, unless a `require()` has loaded it as JavaScript before. So does the
    // `require` that Node 22 gives to imported CommonJS TypeScript. On 22.15.0, which strips no types by default, .ts is unknown.
    name: 'all: unknown extensions, for import() after require(), and for the require() of imported CommonJS TypeScript',
    holds: ({ node, state, hot, alone }) =>
      /ERR_UNKNOWN_FILE_EXTENSION/.test(JSON.stringify([hot, alone.results])) &&
      [...state.keys()].some(path => path.endsWith('.tsx') || (/^v22\.15\./.test(node) && /ts$/.test(path))),
  },
  {
    // A module in a circle with one that does not link stays in the loader's cache. It is linked to a job that has no links.
    name: '24 and 26: within one state, a process remembers a circle that could not be linked, and throws a TypeError of its own',
    holds: ({ news, hot }) =>
      !news && /Cannot read properties of undefined \(reading 'length'\)/.test(hot.message ?? ''),
  },
  {
    name: 'all: within one state, a process remembers the failure of an import(), and require() then throws a race',
    holds: ({ news, hot }) => !news && isRace([hot]),
  },
  {
    name: 'all: the fresh process itself throws a race',
    holds: ({ cold, alone }) => isRace(alone.results) || isRace(cold.results),
  },
  {
    // An unchanged module may hold a rejected promise of `import()`, say, from a moment in which another module required the file.
    name: 'all: an unchanged module keeps the race that it got, where the file that it imports fails anyway',
    holds: ({ hot, alone, keepsRace }) => keepsRace && differsInPairs(hot, alone.results[0]!, told => races.test(told)),
  },
  {
    // The second ES module that imports a failed CommonJS module gets `undefined` for all of its exports.
    name: 'all: the second importer of a failed CommonJS module takes it for evaluated',
    holds: ({ state, alone, forgotten }) => forgotten || hasForgottenFailure(state, alone),
  },
  {
    // An ES module that failed stays failed until something that it depends on changes, and Node repeats the first error. So the
    // module's own error comes where `require()` would throw ERR_REQUIRE_ASYNC_MODULE, or ERR_AMBIGUOUS_MODULE_SYNTAX where the
    // ReferenceError would come that Node makes it from, and the other way round.
    name: words,
    holds: ({ node, hot, alone, failures }) => differsInWordsOnly(node, hot, alone.results[0]!, failures),
  },
  {
    // If two modules fail, the error of the one that waits comes last, unless it failed before: then its error comes at once. A
    // module that could not be linked is not linked again, but a module that is imported beside it is, and that one's error comes.
    // In a circle of `export *`, V8 decides whether a name of two modules is ambiguous by which of them is linked first.
    name: 'all: which module fails first, and which name is ambiguous in a circle, depends on what was loaded before',
    holds: async ({ hot, afterOthers }) => isAmong(hot, await afterOthers()),
  },
  {
    // Node 22 gives imported CommonJS TypeScript a `require` of its own. It makes another namespace with `__esModule` for each ES
    // module with a default export, and evaluates CommonJS in a circle with an ES module twice (`cjsCache` in the translators).
    // Under the hooks, it has the same `require` as all other CommonJS.
    name: '22: imported CommonJS TypeScript has a require of its own',
    holds: async ({ node, hot, asJavaScript }) => /^v22\./.test(node) && isAmong(hot, await asJavaScript()),
  },
]

const isAmong = (hot: Result, all: readonly Result[]): boolean => all.some(result => equal(endOf(hot), endOf(result)))

/** The name of the exemption that covers a difference, if there is one. */
export async function exemptionFor(difference: Difference): Promise<string | undefined> {
  for (const { name, holds } of exemptions) if (await holds(difference)) return name
  return undefined
}

/** The name of the exemption that covers the end of a process, if there is one. */
export function exemptionForEnd(node: string, message: string): string | undefined {
  // In `ModuleWrap::EvaluateSync`, when imported CommonJS requires an ES module with a top-level await.
  const isAbort = isFloor(node) && /Assertion failed: env->options\(\)->print_required_tla/.test(message)
  return isAbort ? '22.15.0 and 24.0.0: Node aborts at a required top-level await' : undefined
}

/** Every failure in what a program got. */
export function failuresIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) =>
    (key === 'error' || key === 'caught') && typeof part === 'string' ? [part] : failuresIn(part),
  )
}

/** Do two results differ only in which error a failed module gives? `before`: the failures that this process has seen so far. */
export function differsInWordsOnly(node: string, hot: Result, cold: Result, before: ReadonlySet<string>): boolean {
  const isOneFailure = (x: string, y: string) => {
    const pair = [x, y].sort().join()
    if (pair === 'ERR_AMBIGUOUS_MODULE_SYNTAX,ReferenceError') return true
    // On Node 22, a `require()` repeats every error that an `import()` got before, not only those of rejected promises.
    const own = /^v22\./.test(node)
      ? /\bERR_REQUIRE_ASYNC_MODULE\b/
      : /^ERR_REQUIRE_ASYNC_MODULE,Error rejected by \d+$/
    return own.test(pair) && before.has(x)
  }
  return differsInPairs(hot, cold, isOneFailure)
}

/** Did two processes see the same, with the same failures except for pairs that are allowed? */
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

/** Did a CommonJS module fail that has several importers? `asked`: how often the program itself may have imported a file. */
export function hasForgottenFailure(state: State, cold: Observed, asked = (_path: string) => 0): boolean {
  const started = cold.log.filter(line => line.startsWith('start ')).map(line => fileOf(line.slice(6)))
  const failed = started.filter(path => state.get(path)?.style === 'cjs')
  // A module that does not parse does not even start.
  for (const [path, source] of state) if (isBrokenCommonJS(path, source)) failed.push(path)
  return failed.some(path => {
    if (cold.log.includes(`end ${path}`)) return false
    const importers = [...state].filter(([other, source]) => importsOf(other, source).includes(path))
    // A file may be several modules: one for each query and hash.
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
