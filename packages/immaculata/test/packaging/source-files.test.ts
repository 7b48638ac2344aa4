import fs from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { folderOf, packages } from './tarballs.ts'

const files = packages.flatMap(name => {
  const src = path.join(folderOf(name), 'src')
  const entries = fs.readdirSync(src, { recursive: true, encoding: 'utf8' })
  return entries.filter(entry => entry.endsWith('.ts')).map(entry => path.join(src, entry))
})

/** The paths of the source files for which something holds. */
function filesWith(holds: (text: string) => boolean): string[] {
  return files.filter(file => holds(fs.readFileSync(file, 'utf8')))
}

it('no source file has more than 300 lines', () => {
  expect(filesWith(text => text.trimEnd().split('\n').length > 300)).toEqual([])
})

it('every source file begins with a sentence that says what it is, unless it only re-exports', () => {
  const onlyExports = (text: string) => text.replace(/^export [^;]*? from '[^']+'$/gms, '').trim() === ''
  expect(filesWith(text => !text.startsWith('/**') && !onlyExports(text))).toEqual([])
})

/** Calls of timers, other than those of an object, and without comments and what is inside a text. */
const timerCall =
  /(?<![.\w#`'"])(set(?:Timeout|Interval|Immediate)|clear(?:Timeout|Interval|Immediate)|queueMicrotask)\(/g

it('code that runs in the process of a program uses the timers that were there before the program replaced them', () => {
  // Code of the command's own process, of a process that is only asked, and of the page that a browser gets.
  const elsewhere = /[\\/](?:supervisor|handover)[\\/]|trial\.ts$|[\\/]page\.ts$/
  const careless = filesWith(text => {
    const code = text.replace(/\/\*.*?\*\/|(?<!:)\/\/.*$|`[^`]*`/gms, '')
    const taken = /const \{([^}]*)\} = globalThis/.exec(code)?.[1] ?? ''
    return [...code.matchAll(timerCall)].some(([, name]) => !taken.includes(name!))
  })
  expect(careless.filter(file => !elsewhere.test(file))).toEqual([])
})
