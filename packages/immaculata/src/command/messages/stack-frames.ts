/** Selects the calls of a stack that matter: those of the program and its packages, not those of Node and of this product. */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this product's code, as call sites show it: as a URL, or a path for CommonJS. */
const ownFolder = new URL('./', import.meta.url)
const ownFolders = [ownFolder.href, fileURLToPath(ownFolder)]

const call = /^\s+at /

/** Is a line of a stack a call of this product's code? */
export function isOwnCall(line: string): boolean {
  return call.test(line) && ownFolders.some(folder => line.includes(folder))
}

/** Leaves out calls that do not matter, counts repeated ones, and names files relative to the current folder. */
export function interestingCalls(text: string): string {
  const lines: { text: string; times: number }[] = []
  for (const line of text.split('\n')) {
    if (isDull(line)) {
      // Properties follow it, whose brace stays.
      const last = lines.at(-1)
      if (last && line.endsWith(' {')) last.text += ' {'
      continue
    }
    const shown = call.test(line) ? shorten(line) : line
    const last = lines.at(-1)
    if (last?.text === shown && call.test(shown)) last.times++
    else lines.push({ text: shown, times: 1 })
  }
  return lines.map(({ text, times }) => (times > 1 ? `${text} ×${times}` : text)).join('\n')
}

function isDull(line: string): boolean {
  if (/^\s+\.\.\. \d+ lines matching cause stack trace \.\.\.$/.test(line)) return true
  return call.test(line) && (isOwnCall(line) || /\bnode:|\(<anonymous>\)|^\s+at <anonymous>(?: \{)?$/.test(line))
}

/** The file of a call, relative to the current folder. */
function shorten(line: string): string {
  return line.replace(/(?:file:\/\/\/[^\s()]*?|(?<=[\s(])\/[^\n()]*?)(?=:\d+:\d+\)?(?: \{)?$)/, name => fileName(name))
}

/** A file, or its URL, relative to the current folder; the whole path if it lies elsewhere. */
export function fileName(name: string): string {
  const file = name.startsWith('file:') ? fileURLToPath(name.replace(/[?#].*$/s, '')) : name
  const short = relative(process.cwd(), file)
  return short === '' || short.startsWith('..') ? file : short
}

/** A stack without the calls of Node, for errors in which they do not matter. */
export function withoutDullCalls(stack: string): string {
  return stack
    .split('\n')
    .filter(line => !isDull(line))
    .join('\n')
}

export function withoutCalls(stack: string, pattern: RegExp): string {
  return stack
    .split('\n')
    .filter(line => !pattern.test(line))
    .join('\n')
}

/**
 * An 'error' event that nobody listens to: Node tells where it was raised as well, in lines that it adds when it shows the error. They are
 * added now, without this product's calls.
 */
export function withoutOwnEmits(error: Error): void {
  const values = error as unknown as Record<symbol, unknown>
  for (const symbol of Object.getOwnPropertySymbols(error)) {
    const enhance = values[symbol]
    if (symbol.description !== 'kEnhanceStackBeforeInspector' || typeof enhance !== 'function') continue
    const lines = String(enhance()).split('\n')
    Reflect.deleteProperty(error, symbol)
    error.stack = lines.filter(line => !isOwnCall(line)).join('\n')
  }
}

/** Removes this product's calls from the stack of an error that Node is about to show, and from those of its causes. */
export function withoutOwnCalls(error: unknown): void {
  const seen = new Set<unknown>()
  for (let each = error; each instanceof Error && !seen.has(each); each = each.cause) {
    seen.add(each)
    try {
      const { stack } = each
      if (typeof stack !== 'string') continue
      const lines = stack.split('\n').filter(line => !isOwnCall(line))
      if (lines.join('\n') !== stack) each.stack = lines.join('\n')
    } catch {
      return // the stack cannot be read or written
    }
  }
}
