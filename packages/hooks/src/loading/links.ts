/**
 * Names that lead through symbolic links. Node knows a module by the name of its real file; what the link is called, and where
 * it leads, decides which file that is: so the importer depends on the name as well.
 */
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { FileTree } from '@hot/tree'
import type { HotModule } from '../modules/module.ts'
import { requireExtensions } from '../node/internals.ts'
import { join } from './candidates.ts'
import type { Lookup } from './published-state.ts'

/** The module of the name that a specifier spells out, if a link is on the way and a file at its end. */
export function nameThroughLink({ program, specifier, parentURL, require }: Lookup): HotModule | undefined {
  if (!/^(?:\.{0,2}\/|file:)/.test(specifier)) return undefined
  let url: string
  try {
    url = join(specifier, parentURL)
  } catch {
    return undefined // Node's to report
  }
  for (const tree of program.trees) {
    const path = tree.pathOf(url)
    if (path === undefined || !isThroughLink(tree, path)) continue
    for (const ending of require ? endings() : ['']) {
      if (!tree.files.has(path + ending)) continue
      const query = require ? '' : url.slice(url.search(/[?#]|$/))
      return program.findOrCreate(plainUrlOf(tree, path + ending) + query)
    }
  }
  return undefined
}

function endings(): string[] {
  const extensions = requireExtensions()
  return ['', ...extensions, ...extensions.map(extension => `/index${extension}`)]
}

/** Does a path of a tree lead through a link? */
export function isThroughLink(tree: FileTree, path: string): boolean {
  const url = tree.urlOf(path)
  return url !== tree.root + path && url !== plainUrlOf(tree, path)
}

function plainUrlOf(tree: FileTree, path: string): string {
  return pathToFileURL(fileURLToPath(tree.root) + path).href
}
