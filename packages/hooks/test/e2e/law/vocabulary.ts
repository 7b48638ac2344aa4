/** What random programs are made of: paths, ways of importing, and specifiers. */
import { posix } from 'node:path'
import type { Random } from './random.ts'
import type { Kind, Source } from './source.ts'
import { isBelow } from './state.ts'

export const packages: Record<string, string> = {
  '/m/package.json': '{ "type": "module" }',
  '/c/package.json': '{ "type": "commonjs" }',
  '/p/package.json': JSON.stringify({
    name: 'self',
    type: 'module',
    exports: { '.': './main.js', './*': './*' },
    imports: { '#*': './*' },
  }),
}

export const pool = [
  ...['/a.mjs', '/b.mjs', '/a.cjs', '/b.cjs', '/d.js', '/d/index.js', '/d.json', '/e.js', '/f.ts', '/g.mts', '/h.cts'],
  ...['/data.json', '/s.js', '/s.js/index.js', '/dir/one.mjs', '/dir/two.js', '/dir/index.js', '/dir/data.json'],
  ...['/m/a.js', '/m/b.js', '/m/t.ts', '/m/x.cjs', '/c/a.js', '/c/b.js', '/c/y.mjs', '/c/u.ts'],
  ...['/p/main.js', '/p/x.js', '/p/y.cjs', '/sp ace.mjs', '/per%20cent.cjs', '/ü.js', '/hash#1.mjs'],
]

/**
 * Modules that import each other in a circle see each other half done, and how depends on which of them is asked for
 * first: that is no matter of edits. So circles are of one kind of module only, and look at each other when all is over.
 */
export type Mode = 'no circles' | 'circles of ES modules' | 'circles of CommonJS'

/** Statements that a file has once at most. */
export const unique = new Set<Kind>([
  'own name',
  '__esModule',
  'default export',
  'module.exports',
  'sum',
  'syntax error',
  'throw',
])

export function kindOf(random: Random, mode: Mode, style: Source['style'], target: string): Kind {
  const json = target.endsWith('.json') && random.chance(0.9)
  if (style === 'cjs') {
    if (mode === 'circles of CommonJS') return random.pick(['try require', 'lazy require', 'require.resolve'])
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
  if (mode === 'circles of ES modules') {
    if (json) return 'json'
    return random.weighted([
      ['star', 5],
      ['named', 2],
      ['reexport all', 2],
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
  const query = random.chance(0.07) && queries ? `?q=${random.int(1, 2)}` : ''
  if (isBelow(from, '/p') && isBelow(target, '/p') && random.chance(0.5)) {
    if (target === '/p/main.js' && random.chance(0.5)) return 'self'
    return random.pick(['#', 'self/']) + target.slice(3)
  }
  return encodeURI(relative(from, target)).replaceAll('#', '%23') + query
}

export function requireSpecifier(random: Random, from: string, target: string): string {
  if (isBelow(from, '/p') && isBelow(target, '/p') && random.chance(0.4))
    return random.pick(['#', 'self/']) + target.slice(3)
  let specifier = relative(from, target)
  if (random.chance(0.6)) specifier = specifier.replace(/\/index\.js$/, random.pick(['', '/']))
  if (random.chance(0.3)) specifier = specifier.replace(/\.(?:js|json)$/, '')
  return specifier
}

function relative(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to)
  return path.startsWith('.') ? path : `./${path}`
}
