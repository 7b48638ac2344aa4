/** Finds who added something to a container: by the code that was added, else by who imports the receiver. */
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import type { Inspector } from '../node/inspector.ts'
import { ObjectWalk } from '../node/object-graph.ts'
import { valuesIn } from './container.ts'
import { newestIn } from './container-size.ts'
import type { Containers } from './containers.ts'
import type { Grown } from './growth.ts'
import type { Pair } from './learned-pairs.ts'
import type { GrownGlobal } from './parked-data.ts'

/** An added value leads to code within a few steps. Otherwise it is data. */
const manyObjects = 400

/** The pairs that an addition shows. It was made while these modules were evaluated. */
export function pairsOf(
  { container, by }: Grown,
  evaluated: ReadonlySet<HotModule>,
  { program, containers, inspector }: { program: Program; containers: Containers; inspector: Inspector },
): Pair[] {
  const { module: receiver, name } = container
  const object = container.ref.deref()
  const others = [...evaluated].filter(module => module !== receiver)
  if (!object || others.length === 0) return []
  const pair = (contributors: readonly HotModule[]): Pair => ({
    contributors: contributors.map(({ id }) => id),
    receiver: receiver.id,
    name,
  })
  const added = container.variables ? valuesIn(container, inspector) : newestIn(object, by)
  const byCode = modulesIn(added, containers, inspector)
  const certain = others.filter(module => byCode.has(module))
  if (certain.length > 0) return certain.map(module => pair([module]))
  const importers = new Set(program.graph.importersOf(receiver.id))
  const direct = others.filter(({ id }) => importers.has(id))
  return [pair(direct.length > 0 ? direct : others)]
}

/** Why a restart is needed: an evaluation added something to what is parked on `globalThis`. */
export function parkedReason(
  { key, name, values }: GrownGlobal,
  evaluated: ReadonlySet<HotModule>,
  { containers, inspector }: { containers: Containers; inspector: Inspector },
): string[] {
  const byCode = modulesIn(values, containers, inspector)
  const all = [...evaluated]
  const adds = new RegExp(
    `${key.replaceAll(/[^\\w]/g, '\\$&')}\\W{0,3}\\s*(?:[?|]{2}=|=(?!=)|\\[|\\.\\s*(?:push|unshift|splice|set|add)\\b)`,
  )
  const by = all.find(module => byCode.has(module)) ?? all.find(({ file }) => adds.test(file?.text ?? '')) ?? all.at(-1)
  return by ? [`${by.path.slice(1)} was re-evaluated, and adds to ${name}, which stays as it was`] : []
}

/** The modules that are imported. */
export function usedIds(program: Program): Set<string> {
  const used = new Set<string>()
  for (const module of program.all()) {
    if (module.importedFromOutside || module.isPackagesOwn) used.add(module.id)
  }
  for (const id of used) for (const dependency of program.graph.dependenciesOf(id)) used.add(dependency)
  return used
}

/** The modules with the functions that these values lead to. */
function modulesIn(values: readonly unknown[], containers: Containers, inspector: Inspector): Set<HotModule> {
  const modules = new Set<HotModule>()
  const walk = new ObjectWalk<undefined>({
    scripts: containers.scripts,
    limit: manyObjects,
    visit(object) {
      const module = containers.moduleOf(object, inspector)
      if (module) modules.add(module)
      return module === undefined && !containers.isPackages(object)
    },
  })
  for (const value of values) walk.add(value, undefined, '')
  walk.run(inspector, Number.POSITIVE_INFINITY)
  return modules
}
