/** A hot program in a folder of its own, for one scenario in one process. A scenario gets everything that is made here. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { useTree } from '@hot/hooks'
import { FileTree } from '@hot/tree'

const dir = realpathSync(mkdtempSync(join(tmpdir(), 'hot hooks-')))
const log = []
globalThis.log = log

function put(name, text) {
  mkdirSync(dirname(join(dir, name)), { recursive: true })
  writeFileSync(join(dir, name), text)
}

/** Resolves when something holds. It is checked after every turn of the event loop, and is an error after 5 s. */
async function until(holds, what) {
  const end = performance.now() + 5000
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within 5 s: ${what ?? holds}`)
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

/** A promise, and the function that resolves it. */
function gate() {
  let open
  const passed = new Promise(resolve => {
    open = resolve
  })
  return { open, passed }
}

/** A tree of `dir/name` with these files, and its hooks, which are registered. Errors of the tree are collected. */
function program(files = {}, { name = 'app', watch = false, hook = {}, tree: treeOptions, register = true } = {}) {
  mkdirSync(join(dir, name), { recursive: true })
  for (const [path, text] of Object.entries(files)) put(name + path, text)
  const tree = new FileTree(name, dir, treeOptions)
  const errors = []
  tree.on('error', error => errors.push(error))
  const hot = useTree(tree, hook)
  if (register) registerHooks(hot)
  if (watch) tree.watch()
  const urlOf = path => pathToFileURL(join(dir, name)).href + path
  const require = createRequire(join(dir, 'outside.cjs'))
  return {
    tree,
    hot,
    errors,
    urlOf,
    load: path => import(urlOf(path)),
    require: path => require(`./${name}${path}`),
    /** Saves on the disk. Resolves when the save is published and `filesUpdated` is raised. */
    async save(path, text) {
      const told = new Promise(resolve => tree.once('filesUpdated', resolve))
      put(name + path, text)
      await told
      await until(() => tree.files.get(path)?.text === text, `${path} is published`)
    },
    async removeFile(path) {
      const told = new Promise(resolve => tree.once('filesUpdated', resolve))
      rmSync(join(dir, name, path), { recursive: true })
      await told
    },
  }
}

const codeOf = promise =>
  promise.then(
    () => 'no error',
    error => error.code ?? error.name,
  )

/** The version in a URL. */
const versionIn = url => Number(/[?&]ver=(\d+)/.exec(url)?.[1])

export const lab = { assert, codeOf, dir, gate, join, log, program, put, renameSync, symlinkSync, until, versionIn }

export function cleanUp() {
  rmSync(dir, { recursive: true, force: true })
}
