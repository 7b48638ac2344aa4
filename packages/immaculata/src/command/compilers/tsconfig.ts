/** The few things in a tsconfig.json that decide which compiler a program needs. */
import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export interface TsConfig {
  /** The patterns of `paths`: `@/*`, `~lib`. */
  readonly paths: readonly string[]
  /** Do decorators need the types of what they stand at? NestJS, TypeORM and others do. */
  readonly emitsDecoratorMetadata: boolean
}

/** How many files may extend each other. */
const deep = 8

/** The tsconfig.json of a folder, or of one above it; what it extends is read as well. */
export function tsConfigOf(folder: string): TsConfig {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'tsconfig.json')
    if (statSync(file, { throwIfNoEntry: false })?.isFile()) return read(file, deep)
    if (dirname(at) === at) return { paths: [], emitsDecoratorMetadata: false }
  }
}

interface Raw {
  readonly extends?: string | readonly string[]
  readonly compilerOptions?: { readonly paths?: object; readonly emitDecoratorMetadata?: boolean }
}

function read(file: string, depth: number): TsConfig {
  const raw = parse(file)
  const above = depth === 0 ? [] : [raw.extends ?? []].flat().map(name => read(fileOf(name, file), depth - 1))
  const { paths, emitDecoratorMetadata } = raw.compilerOptions ?? {}
  return {
    paths: paths ? Object.keys(paths) : (above.findLast(each => each.paths.length > 0)?.paths ?? []),
    emitsDecoratorMetadata: emitDecoratorMetadata ?? above.at(-1)?.emitsDecoratorMetadata ?? false,
  }
}

function fileOf(name: string, from: string): string {
  const file = name.startsWith('.') ? resolve(dirname(from), name) : join(dirname(from), 'node_modules', name)
  return file.endsWith('.json') ? file : `${file}.json`
}

/** Comments and commas at the end of lists are allowed in it. */
function parse(file: string): Raw {
  try {
    const text = readFileSync(file, 'utf8')
    const plain = text.replace(/("(?:[^"\\\n]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '$1').replace(/,(?=\s*[}\]])/g, '')
    return (JSON.parse(plain) as Raw | null) ?? {}
  } catch {
    return {} // a compiler reports it
  }
}

/** Does a specifier match one of the patterns? */
export function matchesPath({ paths }: TsConfig, specifier: string): boolean {
  return paths.some(pattern => {
    const star = pattern.indexOf('*')
    if (star < 0) return pattern === specifier
    // `*` alone matches every package, too.
    return star > 0 && specifier.startsWith(pattern.slice(0, star)) && specifier.endsWith(pattern.slice(star + 1))
  })
}
