/** Sources that stand for others, and the globals through which generated code reaches the hooks. */
import { prepareSymbol } from '../modules/prefix.ts'
import { loadInstead } from '../node/require-cache.ts'

/** The global through which a JSON file's module gets its value. */
const jsonSymbol = Symbol.for('native hot modules: JSON')

export function jsonSource(url: string, id: string): string {
  const value = `globalThis[Symbol.for(${JSON.stringify(jsonSymbol.description)})](${JSON.stringify(url)})`
  return `export default ${value}\n//# sourceURL=${id}`
}

/** The global through which an imported CommonJS module is handed over to the loader that `require` has. */
const requireSymbol = Symbol.for('native hot modules: require')

/** What debuggers call sources that stand for others: a breakpoint in a file must not be found in one of them. */
export const generated = 'hot:generated'

/**
 * Hands an imported CommonJS module over to the loader that `require` has. The module's own text stays in it, where it never runs, so
 * that Node can read the names of its exports. There is no `return` before it: on Node 22, type stripping may parse the result once
 * more, and a `return` is an error there.
 */
export function requireSource(text: string): string {
  const call = `globalThis[Symbol.for(${JSON.stringify(requireSymbol.description)})](module)`
  return `module.exports = ${call}; if (0) {${text.startsWith('#!') ? '//' : ''}${text}\n}\n//# sourceURL=${generated}`
}

/** What generated code asks for. */
export interface GeneratedCodeAnswers {
  /** Gives a module its `import.meta.hot`. */
  prepare(meta: ImportMeta): void
  /** The value of the JSON module at a URL. */
  valueOfJson(url: string): unknown
}

/** Makes the globals that generated code calls. They stay: what was generated may run at any time. */
export function answerGeneratedCode({ prepare, valueOfJson }: GeneratedCodeAnswers): void {
  Object.assign(globalThis, { [prepareSymbol]: prepare, [jsonSymbol]: valueOfJson, [requireSymbol]: loadInstead })
}
