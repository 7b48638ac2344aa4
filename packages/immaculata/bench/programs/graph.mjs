/** A graph of 100,000 modules with 300,000 edges: all of it made stale, and ten of it. Argument: rounds. */
import { ModuleGraph } from '../../dist/index.js'

const rounds = Number(process.argv[2])
const modules = 100_000
const graph = new ModuleGraph()
const id = at => `file:///project/source/folder${at % 97}/module${at}.js`
let edges = 0
// Everything but the last ten depends on module 0; ten modules depend on what is saved for the small change.
for (let at = 1; at < modules - 10; at++) {
  const dependencies = new Set([Math.floor(at / 2), Math.floor(at / 3), Math.max(0, at - 1 - ((at * 7) % 50))])
  for (const other of dependencies) graph.addDependency(id(at), id(other))
  edges += dependencies.size
}
for (let at = modules - 9; at < modules; at++) graph.addDependency(id(at), id(at - 1))

const times = { all: [], ten: [] }
let wrong = 0
for (let round = -3; round < rounds; round++) {
  const start = performance.now()
  const all = graph.invalidate([id(0)])
  const between = performance.now()
  const ten = graph.invalidate([id(modules - 10)])
  const end = performance.now()
  if (all.length !== modules - 10 || ten.length !== 10) wrong++
  if (round < 0) continue
  times.all.push(between - start)
  times.ten.push(end - between)
}
process.stdout.write(`@@${JSON.stringify({ wrong, edges: edges + 9, ...times })}\n`)
