import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Rules, violations } from '../../../../.ci/check-layers.ts'
import * as rules from '../../../../.ci/layers.ts'
import { repository, writeFiles } from './tarballs.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'layers-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))

/** Two packages: `low` runs without Node, and `high` has the layers `ground` < `left`, `right` < the files in `src`. */
const fixture: Rules = {
  packageLayers: [['low'], ['high']],
  roomLayers: { low: [['.']], high: [['ground'], ['ground/above', 'left', 'right'], ['.']] },
  withoutNode: ['low'],
}
const sound = {
  'packages/low/package.json': '{ "name": "@x/low" }',
  'packages/low/src/index.ts': 'export const low = 1',
  'packages/high/package.json': '{ "name": "high" }',
  'packages/high/src/index.ts': "import fs from 'node:fs'\nexport * from './left/a.ts'\nimport { low } from '@x/low'",
  'packages/high/src/left/a.ts': "import { b } from './b.ts'\nimport { ground } from '../ground/ground.ts'",
  'packages/high/src/left/b.ts': 'export const b = 1',
  'packages/high/src/right/a.ts': 'export type A = 1',
  'packages/high/src/ground/ground.ts': 'export const ground = 1',
  'packages/high/src/ground/above/a.ts': '',
}

let count = 0
function violationsOf(files: Record<string, string>, changed: Partial<Rules> = {}): string[] {
  const root = path.join(folder, `${count++}`)
  writeFiles(root, { ...sound, ...files })
  return violations(root, { ...fixture, ...changed })
}

it('No import of this repository leads upward', () => {
  expect(violations(repository, rules)).toEqual([])
})

describe('The check of the layers', () => {
  it('accepts imports that lead downward, within a room, and to Node', () => {
    expect(violationsOf({})).toEqual([])
  })

  it.each([
    ['a value', "import { b } from '../left/b.ts'"],
    ['a type', "import type { B } from '../left/b.ts'"],
    ['a type in place', "export type B = import('../left/b.ts').B"],
    ['a re-export', "export { b } from '../left/b.ts'"],
    ['a dynamic import', "export const b = () => import('../left/b.ts')"],
  ])('refuses an import that leads upward: %s', (_, code) => {
    expect(violationsOf({ 'packages/high/src/ground/ground.ts': code })).toEqual([
      "packages/high/src/ground/ground.ts imports '../left/b.ts': 'left' lies above 'ground'. " +
        'Move what both need into a lower layer, or hand it in from above.',
    ])
  })

  it('refuses an import between rooms of one layer', () => {
    expect(violationsOf({ 'packages/high/src/left/b.ts': "import type { A } from '../right/a.ts'" })).toEqual([
      expect.stringContaining("'left' and 'right' know nothing of each other"),
    ])
  })

  it('refuses an import of a package that does not lie below', () => {
    expect(violationsOf({ 'packages/low/src/index.ts': "import type { High } from 'high/sub.js'" })).toEqual([
      "packages/low/src/index.ts imports 'high/sub.js': low knows nothing of high, which does not lie below it.",
    ])
  })

  it('refuses an import of another package by its files', () => {
    expect(violationsOf({ 'packages/high/src/index.ts': "import '../../low/src/index.ts'" })).toEqual([
      expect.stringContaining('Import the package by its name'),
    ])
  })

  it('refuses an import from Node in a package that runs anywhere', () => {
    expect(violationsOf({ 'packages/low/src/index.ts': "import fs from 'node:fs'" })).toEqual([
      "packages/low/src/index.ts imports 'node:fs': low runs without Node.",
    ])
  })

  it('says where to add a folder that has no layer', () => {
    const [violation, ...others] = violationsOf({ 'packages/high/src/new/a.ts': '' })
    expect(violation).toContain(
      "packages/high/src/new/a.ts lies in a folder without a layer: add 'new' to roomLayers.high",
    )
    expect(others).toEqual([])
    expect(violationsOf({ 'packages/high/src/ground/new/a.ts': '' })).toHaveLength(1)
    expect(violationsOf({ 'packages/high/src/left/new/a.ts': '' })).toEqual([])
  })

  it('says which layer to remove when its folder is not there', () => {
    const roomLayers = { ...fixture.roomLayers, low: [['gone'], ['.']] }
    expect(violationsOf({}, { roomLayers })).toEqual([
      "packages/low/src/gone is not there: remove 'gone' from roomLayers.low in .ci/layers.ts.",
    ])
  })

  it('says where to add a package that has no layer', () => {
    const files = { 'packages/new/package.json': '{ "name": "new" }' }
    expect(violationsOf(files)).toEqual(["packages/new has no layer: add 'new' to packageLayers in .ci/layers.ts."])
    const packageLayers = [['low', 'new'], ['high']]
    expect(violationsOf(files, { packageLayers })).toEqual([
      expect.stringContaining("add a line for 'new' to roomLayers"),
    ])
  })
})
