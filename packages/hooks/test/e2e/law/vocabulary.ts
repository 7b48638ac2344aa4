/** What random programs are made of: paths, ways of importing, and specifiers. */
import { posix } from 'node:path'
import type { Random } from './random.ts'
import type { Kind, Source } from './source.ts'
import { packageOf } from './state.ts'

export const pool = [
  ...['/a.mjs', '/b.mjs', '/a.cjs', '/b.cjs', '/d.js', '/d/index.js', '/d.json', '/e.js', '/f.ts', '/g.mts', '/h.cts'],
  ...['/data.json', '/s.js', '/s.js/index.js', '/dir/one.mjs', '/dir/two.js', '/dir/index.js', '/dir/data.json'],
  ...['/m/a.js', '/m/b.js', '/m/t.ts', '/m/x.cjs', '/c/a.js', '/c/b.js', '/c/y.mjs', '/c/u.ts'],
  ...['/m/c/a.js', '/m/n/a.js', '/c/m/a.js', '/f.js', '/f.tsx', '/f.json'],
  ...['/bin', '/m/bin', '/p/main.js', '/p/x.js', '/p/y.cjs', '/sp ace.mjs', '/per%20cent.cjs', '/ü.js', '/hash#1.mjs'],
]

/**
 * Modules in a circle see each other half evaluated. What they see depends on which of them is imported first, not on edits. So
 * modules in circles look at each other only when everything is evaluated. And a CommonJS module does not require an ES module that
 * imports it, which is an error for the one that comes second.
 */
export const modes = ['no circles', 'circles of ES modules', 'circles of CommonJS', 'circles of both'] as const
export type Mode = (typeof modes)[number]

/**
 * The style of a file, if its path decides it. For Node, .tsx is CommonJS. Only `require()` would take it as an ES module, which is one
 * of the limits.
 */
export function styleOf(path: string): 'esm' | 'cjs' | undefined {
  if (/^\/m\/bin$|\.m[jt]s$|\/(?:m|c\/m|p)\/[^/]*\.[jt]s$/.test(path)) return 'esm'
  if (/\.tsx$|\.c[jt]s$|\/(?:c|m\/c)\/[^/]*\.[jt]s$/.test(path)) return 'cjs'
  return undefined
}

/** Statements that a file has at most once. */
export const unique = new Set<Kind>([
  'own name',
  '__esModule',
  'default export',
  'module.exports',
  'sum',
  'syntax error',
  'throw',
  'reject',
])

export function kindOf(random: Random, mode: Mode, style: Source['style'], target: string): Kind {
  const json = target.endsWith('.json') && random.chance(0.9)
  if (style === 'cjs') {
    if (mode === 'circles of CommonJS') return random.pick(['try require', 'lazy require', 'require.resolve'])
    // Here, the path decides what is CommonJS.
    if (mode === 'circles of both' && styleOf(target) !== 'cjs') return random.pick(['floating', 'lazy'])
    if (mode === 'circles of both')
      return random.pick(['try require', 'try require', 'lazy require', 'require.resolve'])
    return random.weighted([
      ['require', 3],
      ['try require', 5],
      ['lazy require', 1],
      ['require.resolve', 1],
      ['reexport all', 0.5],
      ['floating', json ? 0 : 1],
      ['lazy', json ? 0 : 1],
    ] as const)
  }
  if (mode === 'circles of ES modules' || mode === 'circles of both') {
    if (json) return 'json'
    return random.weighted([
      ['star', 5],
      ['named', 2],
      ['reexport all', mode === 'circles of both' ? 0 : 2],
      ['reexport named', 1],
      ['bare', 1],
      ['lazy', 2],
      ['import.meta.resolve', 0.5],
    ] as const)
  }
  const requires = [
    ['require', 1.2],
    ['try require', 1.2],
    ['lazy require', 0.7],
    ['require.resolve', 0.6],
    ['import.meta.resolve', 0.6],
  ] as const
  if (json) return random.weighted([['json', 3], ['dynamic json', 2], ...requires] as const)
  return random.weighted([
    ['star', 4],
    ['named', 2],
    ['default', 0.5],
    ['reexport all', 1.5],
    ['reexport named', 1],
    ['bare', 0.7],
    ['dynamic', 2],
    ['floating', 1],
    ['lazy', 1],
    ...requires,
  ] as const)
}

export function importSpecifier(random: Random, from: string, target: string, queries: boolean): string {
  const own = packageOf(from)
  if (own !== undefined && own === packageOf(target) && random.chance(0.5))
    return inPackage(random, own, target, '/x.js')
  const path = random.chance(0.05) ? throughLink(from, target) : relative(from, target)
  const query = random.chance(0.08) && queries ? random.pick(['?q=1', '?q=2', '?q=1#h', '#h']) : ''
  return encodeURI(path).replaceAll('#', '%23') + query
}

export function requireSpecifier(random: Random, from: string, target: string): string {
  const own = packageOf(from)
  if (own !== undefined && own === packageOf(target) && random.chance(0.4))
    return inPackage(random, own, target, '/y.cjs')
  let specifier = random.chance(0.05) ? throughLink(from, target) : relative(from, target)
  if (random.chance(0.6)) specifier = specifier.replace(/\/index\.js$/, random.pick(['', '/']))
  if (random.chance(0.3)) specifier = specifier.replace(/\.(?:js|json)$/, '')
  return specifier
}

/** By the package's `imports`, or its own name. */
function inPackage(random: Random, folder: string, target: string, both: string): string {
  if (target === `${folder}/main.js` && random.chance(0.5)) return 'self'
  if (target === folder + both && random.chance(0.5)) return '#both'
  return random.pick(['#', 'self/']) + target.slice(folder.length + 1)
}

/** A name that leads out of the program's folder, and back into it through a symbolic link. */
function throughLink(from: string, to: string): string {
  return `${'../'.repeat(from.split('/').length - 1)}link${to}`
}

function relative(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to)
  return path.startsWith('.') ? path : `./${path}`
}
