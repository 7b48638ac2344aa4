/** What some sources are given on their first line: it calls the hooks for `import.meta.hot`. No line moves, and columns are set right. */
import type { HotModule } from './module.ts'

/** The global through which a module's first line reaches `import.meta.hot`. */
export const prepareSymbol = Symbol.for('native hot modules: prepare import.meta')

/** The first line of a module that names `import.meta.hot`, and of an entry point that is re-evaluated, calls this. */
export const prefix = `globalThis[Symbol.for(${JSON.stringify(prepareSymbol.description)})]?.(import.meta);`

/** The text with the prefix, if the module is to have one. */
export function withPrefix(module: HotModule, text: string): string {
  const place = placeOfPrefix(module, text)
  return place ? text.slice(0, place.index) + place.inserted + text.slice(place.index) : text
}

/** The column in the file of a column in the source that Node was given; lines and columns are counted from 1. */
export function columnInFile(module: HotModule | undefined, text: string, line: number, column: number): number {
  const place = placeOfPrefix(module, text)
  if (!place) return column
  const before = text.slice(0, place.index).split('\n')
  const start = before.at(-1)!.length
  if (line !== before.length || column <= start + 1) return column
  return Math.max(start + 1, column - place.inserted.length)
}

/** Behind a hashbang, which must stay the first thing in the file, and behind directives such as 'use client'. */
function placeOfPrefix(module: HotModule | undefined, text: string): { index: number; inserted: string } | undefined {
  if (!namesHot(text) && !(module?.entry && module.generation > 0)) return undefined
  if (/^#!.*$/.test(text)) return undefined // nothing but a hashbang
  const match = /^(?:#!.*\r?\n)?(?:\s*(?:'use \w+'|"use \w+");?)?/.exec(text)!
  return { index: match[0].length, inserted: (/['"]$/.test(match[0]) ? ';' : '') + prefix }
}

/** Also as `const { hot } = import.meta` or `(import.meta as any).hot`. One module too many does no harm. */
function namesHot(text: string): boolean {
  return text.includes('import.meta') && /\bhot\b/.test(text)
}
