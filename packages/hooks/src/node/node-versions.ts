/**
 * What differs between Node versions, each with the version it was seen on. Nothing else in this package looks at
 * `process.version` or probes a feature.
 */

/**
 * Whether a hook was called for `require`. `context.conditions` is an array, except on Node 22.15.0 and 24.0.0, where
 * `require` hands out its internal `Set`.
 */
export function isRequire(conditions: unknown): boolean {
  if (conditions === importConditions) return false
  const require = hasRequire(conditions)
  if (!require) importConditions = conditions
  return require
}

/** Node hands out the same array for every `import`. */
let importConditions: unknown

function hasRequire(conditions: unknown): boolean {
  if (Array.isArray(conditions)) return conditions.includes('require')
  // Its prototype is one of Node's own, without Object.prototype behind it.
  return (
    typeof (conditions as Set<string> | undefined)?.has === 'function' && (conditions as Set<string>).has('require')
  )
}

/** `require()` of an ES module may be switched off with `--no-experimental-require-module`. */
export function canRequireModules(): boolean {
  return (process.features as { require_module?: boolean }).require_module === true
}

/**
 * How this process treats TypeScript by itself: `false` before Node 22.18 and 23.6 unless a flag is given, `'strip'`,
 * or `'transform'` with `--experimental-transform-types` (gone from Node 26).
 */
export function typescriptSupport(): 'strip' | 'transform' | false {
  return (process.features as { typescript?: 'strip' | 'transform' | false }).typescript || false
}

/**
 * Whether Node loads a CommonJS module that is imported with the `require` it would have anywhere else. Before 22.23 and 24.12
 * it makes one up as soon as a hook hands out a source: without `require.cache`, and past `Module._load`.
 */
export const importedCommonJSHasRequire = atLeast({ 22: 23, 24: 12 })

/** The same for CommonJS in TypeScript: never on Node 22. */
export const importedTypeScriptHasRequire = atLeast({ 22: Number.POSITIVE_INFINITY, 24: 12 })

/** Whether CommonJS TypeScript that does not parse, below a required ES module, links and fails when it is evaluated: not on 24.0.0. */
export const linksBrokenTypeScript = atLeast({ 22: 23, 24: 12 })

/**
 * Whether a module that threw throws the same error for every later importer. Before (22.15.0 and 24.0.0), after a `require()` of an ES
 * module that threw, `import()` gives a namespace that was never filled, and `require()` reports a bug in Node.
 */
export const remembersErrors = atLeast({ 22: 23, 24: 12 })

/**
 * Whether `require()` of an ES module with a top-level await throws what that module threw when `import()` evaluated it: on Node
 * 22. Later versions say ERR_REQUIRE_ASYNC_MODULE all the same.
 */
export const requireTellsErrors = process.versions.node.startsWith('22.')

/** Whether `require()` takes a file without an extension for what the package.json says: on Node 26. Before, its syntax tells. */
export const requireHeedsTypeWithoutExtension = !/^2[0-5]\./.test(process.versions.node)

function atLeast(minors: Record<number, number>): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return minor >= (minors[major] ?? 0)
}
