/** Automatic lifetimes for a program: finds the scope that owns what a module opens, and connects them to the updates. */
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Lifetimes } from '@hot/dispose/auto'
import type { Hot } from '@hot/hooks'

/** The comment with which a module opts out: what it opens stays open. */
const optOut = /(?:\/\/|\/?\*)\s*immaculata: no-auto\b/

export function lifetimesOf(hot: Hot): Lifetimes {
  const { tree } = hot
  const lifetimes = new Lifetimes({
    tellsBuiltins: true,
    holdersOf: (objects, stale, thorough) => hot.holdersOf(objects, stale, thorough),
    scopeOf(file, version) {
      const url = isAbsolute(file) ? pathToFileURL(file).href : file
      const path = tree.pathOf(url)
      const module = path === undefined ? undefined : tree.files.get(path)
      // A module of the tree that was loaded without the hooks has no version: it is never replaced.
      if (!module || hot.graph.version(url) === 0 || optOut.test(module.text)) return undefined
      return hot.scope(version === undefined ? url : `${url}${url.includes('?') ? '&' : '?'}ver=${version}`)
    },
  })
  hot.onBuiltin(url => lifetimes.builtinAsked(url))
  return lifetimes
}
