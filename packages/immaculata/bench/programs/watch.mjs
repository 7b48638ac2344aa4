/**
 * What it costs to watch 10,000 files: the time until it is armed, the memory, and the CPU time of doing nothing. Arguments:
 * `ours` or `chokidar`, a folder, the folder of the peers, seconds idle. What a tree holds anyway is not counted: the files.
 */
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const [kind, dir, peers, idle] = process.argv.slice(2)

async function resident() {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc()
    await sleep(30)
  }
  return process.memoryUsage.rss()
}

async function prepare() {
  if (kind === 'chokidar') {
    const place = createRequire(`${peers}/package.json`).resolve('chokidar')
    const { watch } = await import(pathToFileURL(place).href)
    return () => new Promise(resolve => watch(dir, { ignoreInitial: true }).on('ready', resolve))
  }
  const { FileTree } = await import('../../dist/index.js')
  const tree = new FileTree(dir, '/')
  return () => tree.watch()
}

const start = await prepare()
const before = await resident()
const began = performance.now()
await start()
const armed = performance.now() - began
await sleep(1_000) // ours compares the disk with what it has
const rss = (await resident()) - before
const seconds = Number(idle)
// V8 collects once more, about 8 s after the last allocation, in a process that watches nothing just the same.
if (seconds > 0) await sleep(14_000)
const { user, system } = process.cpuUsage()
if (seconds > 0) await sleep(seconds * 1_000)
const cpu = process.cpuUsage({ user, system })
process.stdout.write(
  `@@${JSON.stringify({ armed, rss, idle: seconds && (cpu.user + cpu.system) / 1e6 / seconds })}\n`,
  () => process.exit(),
)
