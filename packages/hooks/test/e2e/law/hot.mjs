/** The long-lived process: a tree, its hooks, and one program that is edited under its feet. */
import { realpathSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { useTree } from '@hot/hooks'
import { FileTree } from '@hot/tree'
import { cleaner, installGlobals, observe } from './fingerprint.mjs'

const folder = realpathSync(process.argv[2])
const log = installGlobals()
process.on('unhandledRejection', () => {})
const tree = new FileTree('app', folder)
const errors = []
tree.on('error', error => errors.push(String(error?.stack ?? error)))
// Other hooks, which do nothing: with some below, ours may not answer by themselves.
const others = {
  resolve: (specifier, context, next) => next(specifier, context),
  load: (url, context, next) => next(url, context),
}
if (process.argv[3] === 'below') registerHooks(others)
registerHooks(useTree(tree))
if (process.argv[3] === 'above') registerHooks(others)
const program = await import(pathToFileURL(join(folder, 'outside.mjs')).href)
const instances = new Map()
const clean = cleaner(join(folder, 'app'))

function difference(files) {
  const wrong = []
  for (const [path, text] of Object.entries(files)) {
    const file = tree.files.get(path)
    if (!file) wrong.push(`${path} is missing`)
    else if (file.text !== text) wrong.push(`${path} has other bytes`)
  }
  for (const path of tree.files.keys()) if (!Object.hasOwn(files, path)) wrong.push(`${path} should be gone`)
  return wrong
}

const commands = {
  watch() {
    tree.watch()
  },
  async memory({ changes }) {
    await Promise.all(changes.map(([path, text]) => (text === null ? tree.remove(path) : tree.write(path, text))))
  },
  async settle({ files }) {
    const end = performance.now() + 5000
    while (difference(files).length > 0) {
      if (performance.now() > end) return { wrong: difference(files) }
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    await tree.remove('/there is no such file')
    return { wrong: [] }
  },
  async observe({ observations }) {
    const result = await observe(program, observations, clean, log, instances)
    return { ...result, errors: errors.splice(0) }
  },
}

process.on('message', async message => {
  try {
    process.send({ answer: (await commands[message.command](message)) ?? {} })
  } catch (error) {
    process.send({ failed: String(error?.stack ?? error) })
  }
})
process.send('ready')
