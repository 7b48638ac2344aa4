/** Automatic lifetimes for a program: which scope owns what a module opens, and what the updates have to say about it. */
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Lifetimes } from '@hot/dispose/auto'
import type { Hot } from '@hot/hooks'

/** In a comment of a module: what it opens stays open. */
const optOut = /(?:\/\/|\/?\*)\s*immaculata: no-auto\b/

export function lifetimesOf(hot: Hot): Lifetimes {
  const { tree } = hot
  return new Lifetimes({
    holdersOf: (objects, stale, thorough) => hot.holdersOf(objects, stale, thorough),
    scopeOf(file, version) {
      const url = isAbsolute(file) ? pathToFileURL(file).href : file
      const path = tree.pathOf(url)
      const module = path === undefined ? undefined : tree.files.get(path)
      // What is in the tree and was loaded without the hooks has no version: it is never replaced.
      if (!module || hot.graph.version(url) === 0 || optOut.test(module.text)) return undefined
      return hot.scope(version === undefined ? url : `${url}${url.includes('?') ? '&' : '?'}ver=${version}`)
    },
  })
}
