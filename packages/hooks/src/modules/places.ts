/**
 * The places of errors: Node's own, and those that it does not tell. An error comes in, with the texts that it is about; its file,
 * line and column go out. The invariant: a place is in the text that was loaded or saved, as its author wrote it.
 */
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { FileTree, TreeFile, Update } from '@hot/tree'
import { writeArrow } from '../node/parse-errors.ts'
import { jsonErrorIndex } from './json-errors.ts'
import type { HotModule } from './module.ts'
import { columnInFile } from './prefix.ts'
import type { Program } from './program.ts'
import { fileThatThrew } from './thrown-values.ts'
import { fileUrlOf, idOf } from './version-url.ts'

/** A place in a file; line and column are counted from 1. */
export interface Place {
  readonly file: string
  /** Undefined where only the file is known: something was thrown that is not an error. */
  readonly line: number | undefined
  readonly column: number | undefined
  /** The line itself, with a caret under the column. */
  readonly frame: string
}

/** The text of a file, by its URL; `undefined` for what is in no tree. */
export type TextOf = (url: string) => string | undefined

const explained = new WeakMap<object, Place>()

/**
 * Where an error was raised. V8 does not tell it of a parse error of an ES module, whose stack names no file at all: there it is
 * found out, and put in front of the stack as for CommonJS. `undefined` where nothing is known. `textOf` gives the texts that were
 * loaded; by default, what is published.
 */
export function placeOf(program: Program, error: unknown, textOf = published(program)): Place | undefined {
  if (!(error instanceof Error)) return placeOfModule(program, error)
  const known = explained.get(error)
  if (known) return known
  const place = find(program, error, textOf) ?? placeOfModule(program, error)
  leaveOutOwnCalls(error)
  if (place) explained.set(error, place)
  return place
}

/** The folder of this code, as calls show it. They say nothing to the author of a module. */
const own = [new URL('./', import.meta.url)].flatMap(folder => [folder.href, fileURLToPath(folder)])

function leaveOutOwnCalls(error: Error): void {
  try {
    const lines = String(error.stack).split('\n')
    const others = lines.filter(line => !(/^ +at /.test(line) && own.some(folder => line.includes(folder))))
    if (others.length < lines.length) error.stack = others.join('\n')
  } catch {
    // Its stack cannot be read or written.
  }
}

/** All that is known of what is not an error, or does not show its stack. */
function placeOfModule(program: Program, value: unknown): Place | undefined {
  const file = fileThatThrew(program, value)
  return file === undefined ? undefined : { file, line: undefined, column: undefined, frame: '' }
}

function find(program: Program, error: Error, textOf: TextOf): Place | undefined {
  try {
    if (error instanceof SyntaxError) {
      const json = placeInJson(error, textOf)
      if (json) return json
      if (isOfLoader(error.stack)) writeArrow(error)
    }
    return (
      placeOfArrow(program, error, textOf) ??
      placeOfUnloadable(program, error, textOf) ??
      placeInMessage(error, textOf) ??
      placeInStack(program, error, textOf)
    )
  } catch {
    return undefined // its stack or message cannot be read
  }
}

export function published(program: Program): TextOf {
  return url => {
    for (const tree of program.trees) {
      const path = tree.pathOf(url)
      const file = path === undefined ? undefined : tree.files.get(path)
      if (file) return file.text
    }
    return undefined
  }
}

/** The texts as they will be once an update of this tree is published. */
export function staged(program: Program, tree: FileTree, files: Pick<Update, 'file'>): TextOf {
  const live = published(program)
  return url => {
    const path = tree.pathOf(url)
    return path === undefined ? live(url) : files.file(path)?.text
  }
}

/** Whether an error was raised by Node's loaders: those that were raised by the program itself name its place. */
function isOfLoader(stack: string | undefined): boolean {
  const first = /^ +at .*$/m.exec(String(stack))
  return !first || /\bnode:internal\/modules\//.test(first[0])
}

const absolute = String.raw`file:\/\/\/[^\n]*?|\/[^\n]*?|[A-Za-z]:\\[^\n]*?`

/** Node says of what it loads itself: the file, a colon, and what `JSON.parse` said. */
const jsonMessage = new RegExp(`^(${absolute}): `)

function placeInJson(error: SyntaxError, textOf: TextOf): Place | undefined {
  const name = jsonMessage.exec(error.message)?.[1]
  if (name === undefined) return undefined
  const url = urlOf(name)
  const text = textOf(url)
  if (text === undefined) return undefined
  const start = text.startsWith('\uFEFF') ? 1 : 0
  return placeAt(url, text.slice(start), jsonErrorIndex(text.slice(start)))
}

/** Where the message begins. */
const message = String.raw`(?=[\w$]+(?: \[\w+\])?: )`

/** The line of the error and, below it, a caret; swc shows more lines. Or what there is, up to the message. */
const shownLines = String.raw`(?:[^\n]*\n){0,3}?([^\n]*)\n([ \t]*)\^[~^ \t]*\n(?:(?!${message})[^\n]*\n){0,4}|([^\n]*)\n(?:[^\n]*\n){0,3}?`

/** `file:///a.js:3` or `/a.js:3`, and the lines, in front of the message, as V8 and Node put them there. */
const arrow = new RegExp(String.raw`^(${absolute}):(\d+)\n(?:${shownLines})${message}`)

function placeOfArrow(program: Program, error: Error, textOf: TextOf): Place | undefined {
  const stack = String(error.stack)
  const match = arrow.exec(stack)
  if (!match) return undefined
  const [head, name, lineText, pointed, indent, unpointed] = match as unknown as [string, string, string, ...string[]]
  const source = pointed ?? unpointed ?? ''
  const url = urlOf(name)
  const line = Number(lineText)
  const text = textOf(url)
  let place: Place
  if (text === undefined) {
    const column = indent === undefined ? undefined : indent.length + 1
    place = { file: nameOf(url), line, column, frame: framed(source, column) }
  } else {
    // There is no caret where a file ends too early.
    const isAtEnd = indent === undefined || (lineOf(text, line - 1) ?? '').trim() === ''
    place = isAtEnd
      ? lastPlaceIn(url, text, line)
      : placeIn(url, text, line, columnInFile(program.byId(url), text, line, indent.length + 1))
  }
  error.stack = `${place.file}:${place.line}\n${place.frame}\n\n${stack.slice(head.length)}`
  return place
}

/** A file that ends too early is not wrong behind its end, where nothing can be seen, but where its last line ends. */
function lastPlaceIn(url: string, text: string, line: number): Place {
  const before = text.split('\n').slice(0, line).join('\n')
  return placeAt(url, text, before.trimEnd().length)
}

const frame = new RegExp(String.raw`^( +at [^\n]*?)(${absolute.replaceAll('[^\\n]', '[^\\n()]')}):(\d+):(\d+)`)

/** A longer line is no call, but a part of some message. */
const longestCall = 2_000

/** The innermost place in a file of the trees. Columns in the stack are set right. */
function placeInStack(program: Program, error: Error, textOf: TextOf): Place | undefined {
  let place: Place | undefined
  const stack = String(error.stack)
  const correct = (call: string, before: string, name: string, lineText: string, columnText: string) => {
    const url = urlOf(name)
    const text = textOf(url)
    if (text === undefined) return call
    const line = Number(lineText)
    const column = columnInFile(program.byId(url), text, line, Number(columnText))
    place ??= placeIn(url, text, line, column)
    return `${before}${name}:${line}:${column}`
  }
  const lines = stack.split('\n').map(line => (line.length > longestCall ? line : line.replace(frame, correct)))
  const corrected = lines.join('\n')
  if (corrected !== stack) error.stack = corrected
  return place
}

/** Compilers say it in their messages. */
function placeInMessage(error: Error, textOf: TextOf): Place | undefined {
  const [, name, line, column] = compilerMessage.exec(error.message) ?? []
  const url = name === undefined ? undefined : urlOf(name)
  const text = url === undefined ? undefined : textOf(url)
  return text === undefined ? undefined : placeIn(url!, text, Number(line), Number(column) + 1)
}

/** Of esbuild, and so of tsx; it counts columns from 0. */
const compilerMessage = new RegExp(String.raw`^(${absolute}):(\d+):(\d+): ERROR: `, 'm')

/** What Node cannot load at all: it names that, but not its importer. */
function placeOfUnloadable(program: Program, error: NodeJS.ErrnoException, textOf: TextOf): Place | undefined {
  if (!unloadable.test(error.code ?? '')) return undefined
  const { message } = error
  const name = (
    /"(file:[^"]+)"/.exec(message) ??
    /\bnode:\S+/.exec(message) ??
    /(?:" for|^Required module:|^ +Requiring) (.+)$/m.exec(message)
  )
    ?.at(-1)
    ?.replace(/\?ver=\d+(?:\.hot)?\s*$/, '')
    .trim()
  if (name === undefined) return undefined
  const specifier = name.startsWith('node:') ? name : nameOf(urlOf(name)).split(/[\\/]/).at(-1)!
  const { graph } = program
  const importers = new Set(name.startsWith('node:') ? [] : graph.importersOf(urlOf(name)))
  for (const { id } of program.all()) {
    const text = importers.size === 0 || importers.has(id) ? textOf(id) : undefined
    const place = text === undefined ? undefined : placeOfImport(id, text, specifier)
    if (place) return place
  }
  return undefined
}

const unloadable =
  /^ERR_(?:UNKNOWN_BUILTIN_MODULE|IMPORT_ATTRIBUTE_MISSING|UNKNOWN_FILE_EXTENSION|REQUIRE_ASYNC_MODULE)$/

/** Node says which module imports what does not resolve, but not where in it. */
export function markImport(error: unknown, importer: HotModule, file: TreeFile, specifier: string): void {
  if (!(error instanceof Error)) return
  const place = placeOfImport(importer.id, file.text, specifier)
  if (place) explained.set(error, place)
}

/** Where a text imports a specifier, given whole or by its last name. */
function placeOfImport(id: string, text: string, specifier: string): Place | undefined {
  const quoted = `(['"\`])(?:[^'"\`\\n]*/)?${specifier.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}\\1`
  const at = text.search(new RegExp(String.raw`(?<=\b(?:from|import|require(?:\.resolve)?)\s*\(?\s*)${quoted}`))
  const index = at < 0 ? text.search(new RegExp(quoted)) : at
  if (index < 0) return undefined
  return placeAt(id, text, index)
}

/** The place of a character in the text of a module. */
export function placeAt(id: string, text: string, index: number): Place {
  const before = linesOf(text.slice(0, index))
  return placeIn(id, text, before.length, before.at(-1)!.length + 1)
}

/** The module of a URL or file name that an error has: without a version, or the number of a check. */
function urlOf(name: string): string {
  const url = name.startsWith('file:') ? name : pathToFileURL(name).href
  return idOf(url).replace(/[?&]hot-check=\d+&?/, match => (match.endsWith('&') ? match[0]! : ''))
}

function nameOf(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(fileUrlOf(url)) : url
}

function placeIn(url: string, text: string, line: number, column: number | undefined): Place {
  const source = lineOf(text, line - 1)
  return { file: nameOf(url), line, column, frame: source === undefined ? '' : framed(source, column) }
}

function framed(source: string, column: number | undefined): string {
  if (source.trim() === '') return ''
  return column === undefined
    ? source
    : `${source}\n${source
        .slice(0, column - 1)
        .replace(/[^\t]/g, ' ')
        .padEnd(column - 1)}^`
}

function linesOf(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/)
}

function lineOf(text: string, index: number): string | undefined {
  return text.split(/\r\n|[\n\r\u2028\u2029]/, index + 1)[index]
}
