/** Reads from a file's text what it imports. For files that are evaluated in another thread or process. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { FileTree } from '@hot/tree'

const string = String.raw`(['"])((?:(?!\1)[^\\\n]|\\.)+)\1`
const forms = [
  // import x from './a.js', export { x } from './a.js', import './a.js'
  // Not beyond the next such word, so that the text is read only once, however many there are.
  new RegExp(String.raw`(?:^|[\s;}])(?:import|export)\b(?:(?!\b(?:import|export)\b)[^'"();])*${string}`, 'g'),
  // import('./a.js'), require('./a.js'), require.resolve('./a.js'), new URL('./a.js', …)
  new RegExp(String.raw`\b(?:import|require(?:\.resolve)?|URL)\s*\(\s*${string}`, 'g'),
]

/** The specifiers in a text. Those in comments and strings count as well: one too many does no harm. */
export function specifiersIn(text: string): string[] {
  const specifiers = new Set<string>()
  for (const form of forms) for (const match of text.matchAll(form)) specifiers.add(match[2]!)
  return [...specifiers]
}

const endings = ['', '.js', '.ts', '.mjs', '.cjs', '.json', '/index.js', '/index.ts']

/** The ids of a file and of everything in the tree that it imports, directly or not, each with its importer. */
export function importsOf(tree: FileTree, url: string): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>([[url, undefined]])
  for (const importer of found.keys()) {
    const path = tree.pathOf(importer)
    const file = path === undefined ? undefined : tree.files.get(path)
    if (!file || path!.endsWith('.json')) continue
    for (const specifier of specifiersIn(file.text)) {
      const dependency = resolve(tree, specifier, importer)
      if (dependency !== undefined && !found.has(dependency)) found.set(dependency, importer)
    }
  }
  return found
}

/** The file of the tree that a specifier means; `undefined` for everything else. */
function resolve(tree: FileTree, specifier: string, importer: string): string | undefined {
  if (/^(?:\.{0,2}\/|file:)/.test(specifier)) {
    const base = URL.parse(specifier, importer)?.href
    if (base === undefined) return undefined
    const path = tree.pathOf(base)
    const ending = path === undefined ? undefined : endings.find(ending => tree.files.has(path + ending))
    return ending === undefined ? undefined : tree.urlOf(path + ending)
  }
  if (specifier.startsWith('node:')) return undefined
  // A package of the workspace, or one of this package's own `#imports`.
  try {
    const url = pathToFileURL(createRequire(importer).resolve(specifier)).href
    const path = tree.pathOf(url)
    return path !== undefined && tree.files.has(path) ? url : undefined
  } catch {
    return undefined // no package, or one that `require` may not load: most likely it is in node_modules
  }
}
