/** Loading a tree of 10,000 files beside a bare loop. Arguments: a folder, rounds. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FileTree } from '../../dist/index.js'

const [dir, rounds] = process.argv.slice(2)

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
let files
let tree
const ways = {
  loop() {
    files = loop(dir, '', new Map())
  },
  tree() {
    tree = new FileTree(dir, '/')
  },
}
for (let round = -2; round < Number(rounds); round++) {
  // Whoever comes first does so with less garbage about: in turns.
  for (const name of round % 2 ? ['loop', 'tree'] : ['tree', 'loop']) {
    const before = performance.now()
    ways[name]()
    const ms = performance.now() - before
    if (round >= 0) times[name].push(ms)
  }
  if (tree.files.size !== files.size) wrong++
  for (const [path, bytes] of files) if (!tree.files.get(path)?.content.equals(bytes)) wrong++
  tree.close()
  await sleep(5)
}
process.stdout.write(`@@${JSON.stringify({ wrong, ...times })}\n`, () => process.exit())
