import fs from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { repository } from './tarballs.ts'

const contributing = fs.readFileSync(path.join(repository, 'CONTRIBUTING.md'), 'utf8')
/** The rows of the walks: a number, a file below `packages/`, and a function or class in it. */
const steps = [...contributing.matchAll(/^\| \d+ \| `([\w./-]+)` \| `([\w.#]+)` \|/gm)].map(([, file, name]) => [
  file!,
  name!,
])

it('CONTRIBUTING.md has the walks of a save and of a specifier', () => {
  expect(steps.length).toBeGreaterThan(15)
})

it.each(steps)('%s defines %s', (file, name) => {
  const source = fs.readFileSync(path.join(repository, 'packages', file), 'utf8')
  for (const part of name.split('.')) {
    const declared = `\\b(function|class|const|get) ${part}\\b`
    const method = `^  (static |override |async |\\*)*${part}[(<]`
    expect(source).toMatch(new RegExp(`${declared}|${method}`, 'm'))
  }
})

it('every file and folder that CONTRIBUTING.md names is there', () => {
  const named = [...contributing.matchAll(/`((?:packages|\.ci|examples)\/[\w./-]+)`/g)].map(([, place]) => place!)
  const links = [...contributing.matchAll(/\]\(([\w./-]+)\)/g)].map(([, place]) => place!)
  expect([...named, ...links].filter(place => !fs.existsSync(path.join(repository, place)))).toEqual([])
})
