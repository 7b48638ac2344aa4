/**
 * What is added to a source: for some modules a prefix on the first line, and a comment at the end. No line moves.
 */
import type { TreeFile } from '@hot/tree'
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { prefix } from './generated-code.ts'

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

/** Remembers what Node was given for a module, until that module imports something: it may not even parse. */
export function handOut(program: Program, module: HotModule, file: TreeFile): void {
  program.handedOut.delete(module)
  const source = () => decorate(module, file)
  program.handedOut.set(module, {
    file,
    source,
    columnInFile: (line, column) => columnInFile(source(), line, column),
  })
}

function columnInFile(source: string, line: number, column: number): number {
  const before = source.split('\n', line + 1)[line]?.indexOf(prefix) ?? -1
  return before >= 0 && column >= before + prefix.length ? column - prefix.length : column
}
