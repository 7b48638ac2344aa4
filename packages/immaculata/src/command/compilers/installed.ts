/**
 * The compiler of a project. A file comes in; the name of a compiler that the project has, with the flags that load it, goes out. The
 * invariant: only what is installed for the project itself is chosen.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { tsConfigOf } from './tsconfig.ts'

export interface Compiler {
  readonly name: string
  /** The flags of Node that load it. */
  readonly flags: readonly string[]
}

interface Known {
  readonly name: string
  /** Does it emit the metadata of decorators? */
  readonly emitsMetadata: boolean
  /** The modules that load it, as a flag wants them; `undefined` where it cannot. */
  readonly esModules?: readonly string[]
  readonly commonJS?: readonly string[]
}

/** In this order, unless package.json names some of them: those come first. */
const known: readonly Known[] = [
  { name: 'tsx', emitsMetadata: false, esModules: ['--import', 'tsx'], commonJS: ['--import', 'tsx'] },
  {
    name: '@swc-node/register',
    emitsMetadata: true,
    esModules: ['--import', '@swc-node/register/esm-register'],
    commonJS: ['-r', '@swc-node/register'],
  },
  {
    name: '@oxc-node/core',
    emitsMetadata: true,
    esModules: ['--import', '@oxc-node/core/register'],
  },
  { name: 'ts-node', emitsMetadata: true, commonJS: ['-r', 'ts-node/register/transpile-only'] },
  { name: 'esbuild-register', emitsMetadata: false, commonJS: ['-r', 'esbuild-register'] },
]

const typeScript = /\.(?:[cm]?ts|tsx|jsx)$/

/** May a file need a compiler at all? */
export function isTypeScript(file: string): boolean {
  return typeScript.test(file)
}

/** Do flags, or NODE_OPTIONS, load something already? It may be a compiler, and two of them harm each other. */
export function loadsSomething(nodeFlags: readonly string[], nodeOptions = process.env.NODE_OPTIONS ?? ''): boolean {
  return /(?:^|\s)(?:--import|--require|-r|--loader|--experimental-loader|--experimental-transform-types)(?:[\s=]|$)/.test(
    `${nodeOptions} ${nodeFlags.join(' ')}`,
  )
}

/** The compiler that a project has for the program of this entry point. */
export function installedCompiler(entry: string): Compiler | undefined {
  const folder = dirname(entry)
  const named = dependenciesOf(folder)
  const isEs = isEsModule(entry)
  const { emitsDecoratorMetadata } = tsConfigOf(folder)
  const usable = known.filter(each => {
    if ((isEs ? each.esModules : each.commonJS) === undefined) return false
    return (each.emitsMetadata || !emitsDecoratorMetadata) && placeOf(each.name, folder) !== undefined
  })
  const chosen = usable.find(({ name }) => named.has(name)) ?? usable[0]
  if (!chosen) return undefined
  const [flag, specifier] = (isEs ? chosen.esModules! : chosen.commonJS!) as [string, string]
  const flags = [flag, specifierFor(specifier, chosen.name, folder)]
  const paths = chosen.name === 'ts-node' && placeOf('tsconfig-paths', folder) !== undefined
  return {
    name: chosen.name,
    flags: paths ? [...flags, '-r', specifierFor('tsconfig-paths/register', 'tsconfig-paths', folder)] : flags,
  }
}

/** The packages to install for a program that has no compiler. */
export function compilerToInstall(folder: string): string {
  if (!tsConfigOf(folder).emitsDecoratorMetadata) return 'tsx'
  // It is built on TypeScript as it was before 7, and npm would install the newest.
  return `@swc-node/register @swc/core${dependenciesOf(folder).has('typescript') ? '' : ' typescript@6'}`
}

/** The folder with the `node_modules` that a package is in. NODE_PATH does not count: what is there was not chosen for this project. */
function placeOf(name: string, folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (statSync(join(at, 'node_modules', name, 'package.json'), { throwIfNoEntry: false })) return at
    if (dirname(at) === at) return undefined
  }
}

/** Node looks for it from the current folder: where it is not there, its file is named. */
function specifierFor(specifier: string, name: string, folder: string): string {
  const place = placeOf(name, folder)!
  if (place === placeOf(name, process.cwd())) return specifier
  return fileIn(join(place, 'node_modules', name), specifier.slice(name.length)) ?? specifier
}

/** The file of a part of a package, by its `exports`. */
function fileIn(folder: string, part: string): string | undefined {
  const manifest = readJson(join(folder, 'package.json')) as { exports?: unknown; main?: string } | undefined
  const exported = (manifest?.exports as Record<string, unknown> | undefined)?.[`.${part}`]
  const target = firstFile(exported) ?? (part === '' ? (manifest?.main ?? 'index.js') : `.${part}.js`)
  return join(folder, target)
}

/** The first file among conditions. */
function firstFile(exported: unknown): string | undefined {
  if (typeof exported === 'string') return exported
  if (typeof exported !== 'object' || exported === null) return undefined
  for (const [condition, value] of Object.entries(exported)) {
    const file = condition === 'types' ? undefined : firstFile(value)
    if (file !== undefined) return file
  }
  return undefined
}

function isEsModule(file: string): boolean {
  if (/\.m[jt]s$/.test(file)) return true
  if (/\.c[jt]s$/.test(file)) return false
  return (nearestPackage(dirname(file)) as { type?: string } | undefined)?.type === 'module'
}

function dependenciesOf(folder: string): Set<string> {
  const manifest = (nearestPackage(folder) ?? {}) as { dependencies?: object; devDependencies?: object }
  return new Set(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }))
}

function nearestPackage(folder: string): unknown {
  for (let at = folder; ; at = dirname(at)) {
    const manifest = readJson(join(at, 'package.json'))
    if (manifest !== undefined) return manifest
    if (dirname(at) === at) return undefined
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch {
    return undefined
  }
}
