import fs from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { folderOf, repository } from './tarballs.ts'

/** What the benchmarks wrote into a file: between these lines. */
function figuresIn(file: string): string | undefined {
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : ''
  return /<!-- figures: written by `pnpm bench` -->\n(.*?)<!-- \/figures -->/s.exec(text)?.[1]
}

it('the figures in the README of the repository are those of the last run of the benchmarks', () => {
  const results = path.join(folderOf('immaculata'), 'bench/RESULTS.md')
  expect(figuresIn(path.join(repository, 'README.md'))).toBe(fs.existsSync(results) ? figuresIn(results) : '')
})
