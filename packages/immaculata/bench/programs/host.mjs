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

/**
 * A tool that says exactly when it is fresh is asked once; any other is asked until the harness has seen enough, one
 * question after the other: asked twice at a time, some of them answer with half of a namespace.
 */
let wanted = false
let asking = false
async function ask() {
  if (!wanted || asking) return
  asking = true
  while (wanted) {
    try {
      const now = await tool.load()
      if (now.few !== last?.few || now.value !== last?.value) {
        last = now
        print(now)
      }
    } catch (error) {
      process.stdout.write(`@@${JSON.stringify({ error: String(error) })}\n`)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    await new Promise(resolve => setImmediate(resolve))
  }
  asking = false
}
tool.changed?.(tool.exact ? show : ask)

process.on('message', async ({ ask: question, specifier }) => {
  if (question === 'begin') {
    wanted = true
    process.send({ begun: true })
  }
  if (question === 'enough') wanted = false
  if (question === 'import') {
    const before = performance.now()
    const namespace = await tool.load(specifier)
    const ms = performance.now() - before
    process.send({ ms, few: namespace.few, all: namespace.value })
  }
})
