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
