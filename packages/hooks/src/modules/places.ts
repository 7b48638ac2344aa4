/** The places of errors: Node's own, and those that it does not tell. */
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { TreeFile } from '@hot/tree'
import { Inspector, type Position } from '../node/inspector.ts'
import type { HotModule } from './module.ts'
import type { Program } from './program.ts'
import { fileUrlOf, idOf } from './version-url.ts'

/** A place in a file; line and column are counted from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number | undefined
  /** The line itself, with a caret under the column. */
  readonly frame: string
}

const explained = new WeakMap<Error, Place>()

/**
 * Where an error was raised. V8 tells that of everything but a parse error of an ES module, whose stack names no file at all:
 * there it is found out, and put in front of the stack as for CommonJS. `undefined` where nothing is known.
 */
export function placeOf(program: Program, error: unknown): Place | undefined {
  if (!(error instanceof Error)) return undefined
  const known = explained.get(error)
  if (known) return known
  const place =
    error instanceof SyntaxError && !namesPlace(error)
      ? placeOfParseError(program, error)
      : placeInStack(program, error)
  if (place) explained.set(error, place)
  return place
}

/** `file:///a.js:3` or `/a.js:3` before the message, as V8's arrow puts it there. */
const arrow = /^(file:\/\/\/[^\n]*?|\/[^\n]*?|[A-Za-z]:\\[^\n]*?):(\d+)\n/

function namesPlace(error: Error): boolean {
  return arrow.test(String(error.stack))
}

function placeOfParseError(program: Program, error: SyntaxError): Place | undefined {
  let position: Position | undefined
  try {
    position = Inspector.with(inspector => inspector.positionOf(error))
  } catch {
    return undefined // no inspector here (`--permission`): the error stays as Node made it
  }
  if (!position) return undefined
  // Of the sources that were handed out and have imported nothing yet, the newest that has at this place what the message
  // complains of. The last one handed out need not be it: imports are linked in parallel.
  const { line, column } = position
  const token = /'((?:[^'\\]|\\.)+)'/.exec(error.message)?.[1] ?? ''
  for (const [module, { file, source, columnInFile }] of [...program.handedOut].reverse()) {
    if (!lineOf(source(), line)?.startsWith(token, column)) continue
    const place = placeIn(module.id, file.text, line + 1, columnInFile(line, column) + 1)
    error.stack = `${place.file}:${place.line}\n${place.frame}\n\n${error.stack}`
    return place
  }
  return undefined
}

/** The innermost place in a file of the trees; else the one in V8's arrow, wherever it points. */
function placeInStack(program: Program, error: Error): Place | undefined {
  const stack = String(error.stack)
  const head = arrow.exec(stack)
  if (head) return placeOfFile(program, head[1]!, Number(head[2]), caretIn(stack))
  for (const [, name, line, column] of stack.matchAll(frames)) {
    const place = placeOfFile(program, name!, Number(line), Number(column))
    if (place?.frame) return place
  }
  return undefined
}

const frames = /^ +at (?:.*\()?(file:\/\/\/[^\n]*?|\/[^\n]*?|[A-Za-z]:\\[^\n]*?):(\d+):(\d+)\)?$/gm

function placeOfFile(program: Program, name: string, line: number, column: number | undefined): Place {
  const url = name.startsWith('file:') ? name : pathToFileURL(name).href
  const module = program.byId(idOf(url))
  return placeIn(url, module?.file?.text ?? '', line, column)
}

/** Node says which module imports what does not resolve, but not where in it. */
export function markImport(error: unknown, importer: HotModule, file: TreeFile, specifier: string): void {
  if (!(error instanceof Error)) return
  const at = Math.max(file.text.indexOf(`'${specifier}'`), file.text.indexOf(`"${specifier}"`))
  if (at < 0) return
  const lines = file.text.slice(0, at).split('\n')
  explained.set(error, placeIn(importer.id, file.text, lines.length, lines.at(-1)!.length + 1))
}

function caretIn(stack: string): number | undefined {
  const caret = /^( *)\^+$/m.exec(stack)
  return caret ? caret[1]!.length + 1 : undefined
}

function placeIn(url: string, text: string, line: number, column: number | undefined): Place {
  const file = url.startsWith('file:') ? fileURLToPath(fileUrlOf(url)) : url
  const source = lineOf(text, line - 1)
  if (source === undefined || text === '') return { file, line, column, frame: '' }
  const caret = column === undefined ? '' : `\n${source.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`
  return { file, line, column, frame: source + caret }
}

function lineOf(text: string, index: number): string | undefined {
  return text.split(/\r\n|[\n\r\u2028\u2029]/, index + 1)[index]
}
