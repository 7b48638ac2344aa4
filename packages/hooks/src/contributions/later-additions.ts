/**
 * What an async function adds that nobody awaited, once the evaluation is over: additions come in, and pairs that are certain go out.
 * The invariant: what an endless loop adds is what a program gathers while it runs, and costs no module its state.
 */
import { pathToFileURL } from 'node:url'
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import type { Inspector } from '../node/inspector.ts'
import type { Containers } from './containers.ts'
import { pairsOf } from './contributors.ts'
import type { Growth } from './growth.ts'
import type { Pair } from './learned-pairs.ts'
import { isEndless } from './source-text.ts'

/** `isOver`: nothing of the evaluation goes on. */
export function laterPairs(
  growth: Growth,
  isOver: boolean,
  evaluated: ReadonlySet<HotModule>,
  parts: { program: Program; containers: Containers; inspector: Inspector },
): Pair[] {
  const { program } = parts
  return growth.grown().flatMap(addition => {
    const running = [...addition.files].flatMap(file => moduleOf(file, program) ?? [])
    const by = new Set(running.filter(module => evaluated.has(module)))
    const pairs = pairsOf(addition, by.size > 0 ? by : evaluated, parts)
    if (isOver) return pairs
    const isCertain = (modules: readonly HotModule[]) => modules.every(({ file }) => !isEndless(file?.text ?? ''))
    if (running.length > 0) return isCertain(running) ? pairs : []
    return pairs.filter(({ contributors }) => isCertain(withDependencies(contributors, program)))
  })
}

/** A file as V8 names it. */
function moduleOf(file: string, program: Program): HotModule | undefined {
  return program.byId(file.startsWith('file:') ? file : pathToFileURL(file).href)
}

function withDependencies(ids: readonly string[], program: Program): HotModule[] {
  const reached = new Set(ids)
  for (const id of reached) for (const dependency of program.graph.dependenciesOf(id)) reached.add(dependency)
  return [...reached].flatMap(id => program.byId(id) ?? [])
}
