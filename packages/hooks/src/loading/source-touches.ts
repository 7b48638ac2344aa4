/** What is added to a source: a prefix on its first line, for some, and a comment at its end. No line moves. */
import type { TreeFile } from '@hot/tree'
import type { HotModule } from '../modules/module.ts'

/** The global through which a module's first line reaches `import.meta.hot`. */
export const prepareSymbol = Symbol.for('native hot modules: prepare import.meta')
const prefix = `globalThis[Symbol.for(${JSON.stringify(prepareSymbol.description)})]?.(import.meta);`

/** The global through which a JSON file's module gets its value. */
export const jsonSymbol = Symbol.for('native hot modules: JSON')

export function jsonSource(url: string, id: string): string {
  const value = `globalThis[Symbol.for(${JSON.stringify(jsonSymbol.description)})](${JSON.stringify(url)})`
  return `export default ${value}\n//# sourceURL=${id}`
}

/** The global through which an imported CommonJS module is handed over to the loader that `require` has. */
export const requireSymbol = Symbol.for('native hot modules: require')

/** What debuggers call sources that stand for others: a breakpoint in a file must not be found in one of them. */
export const generated = 'hot:generated'

/**
 * The module's own text stays where it is never run, for Node to read the names of its exports from. No `return` before it: on
 * Node 22, type stripping may look at the whole once more, and takes none.
 */
export function requireSource(text: string): string {
  const call = `globalThis[Symbol.for(${JSON.stringify(requireSymbol.description)})](module)`
  return `module.exports = ${call}; if (0) {${text.startsWith('#!') ? '//' : ''}${text}\n}\n//# sourceURL=${generated}`
}

/**
 * A prefix on the first line for the entry point and for modules that name `import.meta.hot`, and a trailing sourceURL,
 * with which stack traces, debuggers and coverage show the file's own URL, unless it is compiled under that name anyway.
 */
export function decorate(module: HotModule, file: TreeFile, named = false): string {
  const text = namesHot(file.text) || (module.entry && module.generation > 0) ? insertPrefix(file.text) : file.text
  return named || module.url === module.id ? text : `${text}\n//# sourceURL=${module.id}`
}

/** Also as `const { hot } = import.meta` or `(import.meta as any).hot`. One module too many does no harm. */
function namesHot(text: string): boolean {
  return text.includes('import.meta') && /\bhot\b/.test(text)
}

/** Behind a hashbang, which must stay the first thing in the file, and behind directives such as 'use client'. */
function insertPrefix(text: string): string {
  if (/^#!.*$/.test(text)) return text // nothing but a hashbang
  const match = /^(?:#!.*\r?\n)?(?:\s*(?:'use \w+'|"use \w+");?)?/.exec(text)!
  const at = match[0].length
  const separator = /['"]$/.test(match[0]) ? ';' : ''
  return text.slice(0, at) + separator + prefix + text.slice(at)
}

/** The column in the file of a column in the decorated source, both counted from 0. */
export function columnInFile(source: string, line: number, column: number): number {
  const before = source.split('\n', line + 1)[line]?.indexOf(prefix) ?? -1
  return before >= 0 && column >= before + prefix.length ? column - prefix.length : column
}
