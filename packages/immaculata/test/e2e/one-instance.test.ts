import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { folder, immaculata, nodes, registered } from './running.ts'

const packages = fileURLToPath(new URL('../../../', import.meta.url))

/** Looks at what each way to import a package gives. */
const program = `import { createRequire } from 'node:module'
import { TreeFile as ofLibrary } from 'immaculata'
import { Hot as ofHooks } from 'immaculata/hooks.js'
import { Scope } from '@hot/dispose'
import { Lifetimes } from '@hot/dispose/auto'
import { isLoading } from '@hot/dispose/ownership'
import { ModuleGraph } from '@hot/graph'
import { Hot } from '@hot/hooks'
import { TreeFile } from '@hot/tree'
const require = createRequire(import.meta.url)
const elsewhere = createRequire(new URL('./hoisted/elsewhere.js', import.meta.url))
const used = globalThis[Symbol.for('native hot modules: instances')]
const of = name => Object.entries(used).find(([key]) => key.startsWith(name + '@'))[1]
console.log(JSON.stringify([
  TreeFile === ofLibrary, Hot === ofHooks,
  TreeFile === of('@hot/tree').TreeFile, Hot === of('@hot/hooks').Hot, Scope === of('@hot/dispose').Scope,
  ModuleGraph === of('@hot/graph').ModuleGraph, Lifetimes === of('@hot/dispose/auto').Lifetimes,
  isLoading === of('@hot/dispose/ownership').isLoading, isLoading(),
  require('@hot/tree').TreeFile === TreeFile, require('immaculata').FileTree === of('immaculata').FileTree,
  elsewhere('@hot/tree').TreeFile === TreeFile,
]))
setInterval(() => {}, 1e6)`

function project(): string {
  const cwd = folder({ 'package.json': '{ "type": "module" }', 'main.js': program })
  const modules = join(cwd, 'node_modules')
  mkdirSync(join(modules, '@hot'), { recursive: true })
  for (const name of ['tree', 'graph', 'dispose', 'hooks'])
    symlinkSync(join(packages, name), join(modules, '@hot', name))
  symlinkSync(join(packages, 'immaculata'), join(modules, 'immaculata'))
  // A second copy on the disk.
  for (const part of ['dist', 'package.json']) {
    cpSync(join(packages, 'tree', part), join(cwd, 'hoisted/node_modules/@hot/tree', part), { recursive: true })
  }
  return cwd
}

describe.each(nodes)('A program that imports the packages of this product, on $name', ({ node }) => {
  it.each([
    ['the command', (cwd: string) => immaculata({ node, cwd }, 'main.js')],
    ['register', (cwd: string) => registered({ node, cwd }, 'main.js')],
  ])('gets the instance that runs it, under %s', async (_, start) => {
    const running = start(project())
    await running.prints(']\n')
    expect(running.output).toContain(JSON.stringify(new Array(12).fill(true)))
  })
})
