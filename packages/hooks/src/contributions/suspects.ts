/**
 * An evaluation threw, and a fresh process would not: what an earlier evaluation left is in the way. The error comes in; the modules
 * that hold what was left, as far as the tree has any, come out.
 */
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { HotModule } from '../modules/module.ts'
import { packageFolderOf } from '../modules/package-imports.ts'
import type { Program } from '../modules/program.ts'
import { idOf } from '../modules/version-url.ts'
import type { Inspector } from '../node/inspector.ts'
import { isOurs } from '../node/our-packages.ts'
import type { Containers } from './containers.ts'
import type { Pair } from './learned-pairs.ts'
import { mayHoldState } from './source-text.ts'

/** Where an error was thrown. */
export interface Thrown {
  /** The module that was being re-evaluated, if the stack shows it. */
  readonly by: HotModule | undefined
  /** What had refused it: a package's name, one of Node's modules, or the URL of a module of the tree. */
  readonly inside: string
  /** The URLs of the folders of the packages that it came through. */
  readonly packages?: readonly string[]
}

/**
 * Whether something that the new version uses may have refused it: the error was raised in a package, in Node, or in a module that
 * was not re-evaluated. Errors of loading are the loader's.
 */
export function whoThrew(program: Program, evaluated: ReadonlySet<HotModule>, error: unknown): Thrown | undefined {
  const stack = stackOf(error)
  if (typeof stack !== 'string') return undefined
  let inside: string | undefined
  const packages = new Set<string>()
  for (const line of stack.split('\n')) {
    if (!/^\s+at /.test(line)) continue
    const place = /\(?((?:file:\/\/|node:|\/|[A-Za-z]:\\)[^()]*?)(?::\d+)?(?::\d+)?\)?$/.exec(line)?.[1]
    const module = place === undefined ? undefined : program.byId(idOf(urlOf(place)))
    if (module && evaluated.has(module))
      return inside === undefined ? undefined : { by: module, inside, packages: [...packages] }
    if (place !== undefined && isOurs(place)) continue
    const folder = place === undefined ? undefined : packageFolderOf(urlOf(place))
    if (folder !== undefined) packages.add(folder)
    if (inside !== undefined) continue
    if (module) inside = module.id
    else if (place === undefined) inside = 'JavaScript'
    else if (/^node:internal\/modules\//.test(place)) return undefined
    else inside = /^node:[^:]+/.exec(place)?.[0] ?? packageOf(place)
  }
  return inside === undefined ? undefined : { by: undefined, inside, packages: [...packages] }
}

function urlOf(place: string): string {
  return isAbsolute(place) ? pathToFileURL(place).href : place
}

/** The package that a file or URL belongs to; the file itself if it lies in none. */
export function packageOf(place: string): string {
  return /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(place)?.[1] ?? place
}

/** The modules that may hold what is in the way, as few as can be told. */
export function suspects(
  { by, inside }: Thrown,
  evaluated: ReadonlySet<HotModule>,
  { program, containers, inspector }: { program: Program; containers: Containers; inspector: Inspector },
): Pair[] {
  const contributors = by ? [by] : [...evaluated]
  const pair = (receiver: HotModule): Pair => ({
    contributors: contributors.map(({ id }) => id),
    receiver: receiver.id,
    name: '',
  })
  const thrower = program.byId(idOf(inside))
  if (thrower) return [pair(thrower)]
  const dependencies = new Set(contributors.flatMap(({ id }) => program.graph.dependenciesOf(id)))
  const stateful = [...dependencies]
    .flatMap(id => program.byId(id) ?? [])
    .filter(module => module.loaded && !evaluated.has(module) && mayHoldState(module.file?.text ?? ''))
  const holding = stateful.filter(module => contributors.some(by => containers.holdsCodeOf(by, module, inspector)))
  if (holding.length > 0) return holding.map(pair)
  const foreign = stateful.filter(module => containers.holdsForeignObjects(module, inspector))
  return (foreign.length > 0 ? foreign : stateful).map(pair)
}

/** Reading it may run code of the program's, which may throw in turn. */
function stackOf(error: unknown): unknown {
  try {
    return error instanceof Error ? error.stack : undefined
  } catch {
    return undefined
  }
}
