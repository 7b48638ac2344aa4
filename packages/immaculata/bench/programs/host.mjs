/**
 * Runs in a process of its own what an adapter opens: imports the entry point, prints what it got, and again after every
 * save. Arguments: the adapter, the project, the folder of the peers.
 */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [adapter, dir, peers] = process.argv.slice(2)
const { open } = await import(adapter)
const require = createRequire(`${peers}/package.json`)
const peer = name => import(pathToFileURL(require.resolve(name)).href)

const print = ({ few, value }) => process.stdout.write(`@@${JSON.stringify({ few, all: value })}\n`)
const tool = await open({ dir, peer })

let last
async function show() {
  try {
    last = await tool.load()
    print(last)
  } catch (error) {
    process.stdout.write(`@@${JSON.stringify({ error: String(error) })}\n`)
  }
}
await show()

/** A tool that says exactly when it is fresh is asked once; any other is asked until it has something new. */
let asking = 0
tool.changed?.(async () => {
  if (tool.exact) return show()
  const mine = ++asking
  const { few, value } = last
  while (mine === asking) {
    try {
      const now = await tool.load()
      if (now.few !== few || now.value !== value) {
        last = now
        return print(now)
      }
    } catch (error) {
      process.stdout.write(`@@${JSON.stringify({ error: String(error) })}\n`)
    }
    await new Promise(resolve => setImmediate(resolve))
  }
})

async function live() {
  for (let turn = 0; turn < 5; turn++) {
    globalThis.gc()
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

process.on('message', async ({ ask, specifier }) => {
  if (ask === 'memory') process.send({ bytes: await live() })
  if (ask === 'import') {
    const before = performance.now()
    const namespace = await tool.load(specifier)
    const ms = performance.now() - before
    process.send({ ms, few: namespace.few, all: namespace.value })
  }
})
