/** Where the files of a test program lie: in which tree, or in none. And which of them are never edited. */
import { posix } from 'node:path'
import type { Source } from './source.ts'

/** Each is a folder for a whole program. All paths begin there. */
export const layouts = {
  'one tree': [''],
  'two trees': ['/site', '/site2'],
  'a tree in a tree': ['', '/dir'],
  /** `/site2` is not a tree, although its name begins like one. */
  'a tree and its neighbour': ['/site'],
} as const satisfies Record<string, readonly string[]>

export type Layout = keyof typeof layouts

export const isBelow = (path: string, folder: string): boolean => path.startsWith(`${folder}/`)

/** The folder of the innermost tree that holds a path. */
export function treeOf(layout: Layout, path: string): string | undefined {
  if (path.includes('/node_modules/')) return undefined
  return layouts[layout].filter(root => isBelow(path, root)).sort((a, b) => b.length - a.length)[0]
}

/** Is a path never edited? Node reads a package.json only once, and nothing outside the trees is hot. */
export const isFixed = (layout: Layout, path: string): boolean =>
  path.endsWith('/package.json') || path.endsWith('/keep.txt') || treeOf(layout, path) === undefined

const packages: Record<string, string> = {
  '/m/package.json': '{ "type": "module" }',
  '/m/c/package.json': '{ "type": "commonjs" }',
  '/m/n/package.json': '{}',
  '/c/package.json': '{ "type": "commonjs" }',
  '/c/m/package.json': '{ "type": "module" }',
  '/p/package.json': JSON.stringify({
    name: 'self',
    type: 'module',
    exports: { '.': './main.js', './*': './*' },
    imports: { '#both': { require: './y.cjs', default: './x.js' }, '#*': './*' },
  }),
}

const raw = (text: string): Source => ({ style: 'raw', serial: 0, statements: [], raw: text })

/** The files that the files at these paths need, and that are never edited. */
export function fixedFiles(layout: Layout, paths: readonly string[]): Map<string, Source> {
  const files = new Map<string, Source>()
  for (const prefix of prefixes(layout)) {
    for (const [name, text] of Object.entries(packages)) {
      const path = prefix + name
      if (paths.some(other => isBelow(other, posix.dirname(path)))) files.set(path, raw(text))
    }
  }
  for (const root of layouts[layout]) if (root !== '') files.set(`${root}/keep.txt`, raw('')) // a tree's folder stays
  files.set('/node_modules/dep/package.json', raw('{ "type": "module", "exports": "./index.js" }'))
  files.set(
    '/node_modules/dep/index.js',
    raw("__start(import.meta.url)\nexport const v = 'dep'\n__end(import.meta.url)\n"),
  )
  if (layout === 'a tree and its neighbour') {
    files.set('/site2/near.mjs', raw("__start(import.meta.url)\nexport const v = 'near'\n__end(import.meta.url)\n"))
  }
  return files
}

/** The folders in which files of a program may lie. */
export function prefixes(layout: Layout): readonly string[] {
  if (layout === 'two trees') return ['/site', '/site2']
  return layout === 'a tree and its neighbour' ? ['/site'] : ['']
}
