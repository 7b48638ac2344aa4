/** The long-lived process: one tree or several, their hooks, and one program that is edited while it runs. */
import { realpathSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { useTree } from '@hot/hooks'
import { FileTree } from '@hot/tree'
import { ask, cleaner, describeError, fingerprint, installGlobals, nameOf, observe } from './fingerprint.mjs'

const folder = realpathSync(process.argv[2])
const { otherHooks, roots, ledger } = JSON.parse(process.argv[3])
const clean = cleaner(join(folder, 'app'))
process.on('unhandledRejection', () => {})
const errors = []
const trees = roots.map(root => ({ root, tree: new FileTree(`app${root}`, folder) }))
for (const { tree } of trees) tree.on('error', error => errors.push(String(error?.stack ?? error)))
// Other hooks, which do nothing. If some lie below ours, ours must call the next hook.
const others = {
  resolve: (specifier, context, next) => next(specifier, context),
  load: (url, context, next) => next(url, context),
}
if (otherHooks === 'below') registerHooks(others)
let hot
for (const { tree } of trees) {
  const handle = useTree(tree, hot ? { graph: hot.graph } : {})
  registerHooks(handle)
  hot ??= handle
}
if (otherHooks === 'above') registerHooks(others)

let updates = 0
for (const { tree } of trees) tree.on('filesUpdated', () => updates++)

/** Every evaluation that registered with `onModuleInvalidated`, and those for which it was called, in order. */
const registered = []
let told = []
const log = installGlobals(where => {
  if (!ledger) return
  const url = where.startsWith('file:') ? where : pathToFileURL(where).href
  if (!trees.some(({ tree }) => tree.pathOf(url) !== undefined && !url.includes('/node_modules/'))) return
  const number = registered.length
  const entry = { name: clean(nameOf(where)), fired: 0, done: false }
  registered.push(entry)
  hot.onModuleInvalidated(url, async () => {
    entry.fired++
    told.push(number)
    await new Promise(resolve => setImmediate(resolve))
    entry.done = true
  })
})

function report() {
  const fired = told
  told = []
  return { registered: registered.map(({ name, fired, done }) => ({ name, fired, done })), fired }
}

const program = await import(pathToFileURL(join(folder, 'outside.mjs')).href)
const instances = new Map()

/** The tree of a path, and the path in it. */
function locate(path) {
  const inside = trees.filter(({ root }) => path.startsWith(`${root}/`))
  const { root, tree } = inside.sort((a, b) => b.root.length - a.root.length)[0]
  return [tree, path.slice(root.length)]
}

function difference(files) {
  const wrong = []
  for (const [path, text] of Object.entries(files)) {
    const [tree, name] = locate(path)
    const file = tree.files.get(name)
    if (!file) wrong.push(`${path} is missing`)
    else if (file.text !== text) wrong.push(`${path} has other bytes`)
  }
  for (const { root, tree } of trees) {
    for (const name of tree.files.keys()) {
      const path = root + name
      if (locate(path)[0] === tree && !Object.hasOwn(files, path)) wrong.push(`${path} should be gone`)
    }
  }
  return wrong
}

/** The program goes on importing while an update is running. Each answer comes from the old state or from the new one. */
let racing
function race(observations) {
  const answers = []
  let over = false
  const pauses = [() => null, () => new Promise(resolve => setImmediate(resolve)), () => new Promise(process.nextTick)]
  async function run() {
    for (let turn = 0; observations.length > 0 && !over && answers.length < 200; turn++) {
      for (const observation of observations) {
        let answer
        try {
          answer = { value: await fingerprint(await ask(program, observation), clean, true) }
        } catch (error) {
          answer = { error: describeError(error) }
        }
        answers.push({ observation, answer })
        await pauses[turn % pauses.length]()
      }
    }
    return answers
  }
  const end = run()
  return () => {
    over = true
    return end
  }
}

const commands = {
  watch() {
    for (const { tree } of trees) tree.watch()
  },
  race({ observations }) {
    racing = race(observations)
  },
  async memory({ changes }) {
    const updates = changes.map(([path, text]) => {
      const [tree, name] = locate(path)
      return text === null ? tree.remove(name) : tree.write(name, text)
    })
    await Promise.all(updates)
  },
  async settle({ files, returning }) {
    const end = performance.now() + 5000
    do {
      // An edit was undone: the files may be the same as before, although the watcher has not seen everything yet.
      for (let turn = 0; returning && turn < 60; turn++) await new Promise(resolve => setTimeout(resolve, 5))
      while (difference(files).length > 0) {
        if (performance.now() > end) return { wrong: difference(files) }
        await new Promise(resolve => setTimeout(resolve, 1))
      }
      for (const { tree } of trees) await tree.remove('/there is no such file')
    } while (difference(files).length > 0)
    const answers = await racing?.()
    racing = undefined
    const published = updates > 0
    updates = 0
    return { wrong: [], answers, published, ...report() }
  },
  async observe({ observations }) {
    const result = await observe(program, observations, clean, log, instances)
    // A module that nothing imports any more is closed in a later macrotask.
    for (let turn = 0; ledger && turn < 10; turn++) await new Promise(resolve => setImmediate(resolve))
    return { ...result, ...report(), errors: errors.splice(0) }
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
