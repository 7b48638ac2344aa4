/**
 * Where a module awaits something at its top level. V8 does not tell where a module waits, so its text is compiled, and not run, in
 * a place where an `await` of its own is an error: in the static block of a class. Each error is the next one's place.
 */
import { Script } from 'node:vm'

const before = 'class _ { static { '

/** How many are looked for. */
const many = 20

/** The indices of `await` in an ES module's JavaScript; none where it cannot be told. */
export function topLevelAwaits(source: string): number[] {
  if (!/\bawait\b/.test(source)) return []
  let body = withoutModuleSyntax(source)
  const found: number[] = []
  while (found.length < many) {
    const at = errorIndex(body)
    if (at === undefined || !body.startsWith('await', at)) break
    found.push(at)
    body = `${body.slice(0, at)}${/\bfor\s*$/.test(body.slice(0, at)) ? '     ' : 'void '}${body.slice(at + 5)}`
  }
  return found
}

/** The index at which it does not compile; `undefined` if it does. */
function errorIndex(body: string): number | undefined {
  try {
    new Script(`${before}${body}\n} }`)
    return undefined
  } catch (error) {
    // The line's number, the line, and a caret below.
    const match = /^[^\n]*:(\d+)\n[^\n]*\n( *)\^/.exec(String((error as Error).stack))
    if (!match) return undefined
    const lines = body.split('\n').slice(0, Number(match[1]) - 1)
    const start = lines.reduce((sum, line) => sum + line.length + 1, 0)
    return start + match[2]!.length - (lines.length === 0 ? before.length : 0)
  }
}

/** What only modules have is blanked; nothing moves. */
function withoutModuleSyntax(source: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, ' ')
  return source
    .replace(/^#!/, '//')
    .replace(/^[ \t]*import\b(?!\s*[.(])[^;'"]*(['"])[^'"\n]*\1(?:\s*with\s*\{[^}]*\})?/gm, blank)
    .replace(/^[ \t]*export\s*(?:\*[^;'"]*|\{[^}]*\}\s*from\s*)(['"])[^'"\n]*\1(?:\s*with\s*\{[^}]*\})?/gm, blank)
    .replace(/^[ \t]*export\s*\{[^}]*\}/gm, blank)
    .replace(
      /^([ \t]*)export\s+default\b/gm,
      (text, indent: string) => `${indent}void${blank(text.slice(indent.length + 4))}`,
    )
    .replace(/^[ \t]*export(?=\s)/gm, blank)
    .replace(/\bimport\.meta\b/g, 'import_meta')
}
