/** Which modules of a tree were loaded before its hooks were on: they are two modules afterwards. */
import { realpathSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { FileTree } from '@hot/tree'
import { Module } from './internals.ts'
import { openLoaderCaches } from './loader-caches.ts'

/** CommonJS modules, and the main module: others cannot be seen without opening the loader at every start. */
export function loadedBefore(tree: FileTree): Set<string> {
  const loaded = new Set(Object.keys(Module._cache).map(name => pathToFileURL(name).href))
  const main = mainUrl()
  if (main && tree.pathOf(main) !== undefined && isLoaded(main)) loaded.add(main)
  return loaded
}

function mainUrl(): string | undefined {
  try {
    return process.argv[1] === undefined ? undefined : pathToFileURL(realpathSync(process.argv[1])).href
  } catch {
    return undefined // not a file: `node -e`, a REPL
  }
}

/** In a preload (`--import`), the main module is named and not loaded yet. */
function isLoaded(url: string): boolean {
  try {
    return openLoaderCaches().statusOf(url) !== undefined
  } catch {
    return !process.execArgv.some(argument => /^(?:--import|--require|-r)\b/.test(argument))
  }
}
