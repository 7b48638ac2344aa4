/** Loading a tree of 10,000 files beside a bare loop, and what watching it costs. Arguments: a folder, rounds, seconds idle. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FileTree } from '../../dist/index.js'

const [dir, rounds, idle] = process.argv.slice(2)

/** The same result as a tree's: every file's bytes, by path. */
function loop(folder, path, files) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const child = `${folder}/${entry.name}`
    if (entry.isDirectory()) loop(child, `${path}/${entry.name}`, files)
    else files.set(`${path}/${entry.name}`, readFileSync(child))
  }
  return files
}

const times = { loop: [], tree: [] }
let wrong = 0
for (let round = -1; round < Number(rounds); round++) {
  const before = performance.now()
  const files = loop(dir, '', new Map())
  const between = performance.now()
  const tree = new FileTree(dir, '/')
  const after = performance.now()
  if (tree.files.size !== files.size) wrong++
  tree.close()
  if (round < 0) continue
  times.loop.push(between - before)
  times.tree.push(after - between)
  await sleep(5)
}

async function resident() {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc()
    await sleep(30)
  }
  return process.memoryUsage.rss()
}

const tree = new FileTree(dir, '/')
const unwatched = await resident()
const before = performance.now()
tree.watch()
const armed = performance.now() - before
await sleep(1_000) // it compares the disk with what it has
const watched = await resident()
const { user, system } = process.cpuUsage()
await sleep(Number(idle) * 1_000)
const cpu = process.cpuUsage({ user, system })
process.stdout.write(
  `@@${JSON.stringify({ wrong, ...times, armed, rss: watched - unwatched, idle: (cpu.user + cpu.system) / 1e6 / Number(idle) })}\n`,
  () => process.exit(),
)
