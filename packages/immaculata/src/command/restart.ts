/** What no module can be evaluated again for: a change of it needs a new process. */
import { type FSWatcher, readFileSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'

const lockFile = /\/(?:pnpm-lock\.yaml|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|bun\.lockb?)$/
const environment = /\/\.env(?:\.[^/]*)?$/
const compiler = /\/tsconfig[^/]*\.json$/

/** Whether a file is followed although it cannot be a module. */
export function isOutsideModules(path: string): boolean {
  return lockFile.test(path) || environment.test(path) || compiler.test(path)
}

/** Why a changed file needs a new process; `undefined` if it does not. A package.json is for the hooks to tell. */
export function restartReason(path: string): string | undefined {
  const name = path.slice(1)
  if (environment.test(path)) return `${name} changed, and a process reads its environment once`
  if (lockFile.test(path)) return `${name} changed, and packages are loaded once`
  if (compiler.test(path)) return `${name} changed, and compilers read it once`
  return undefined
}

/** What package managers write into `node_modules` when they are done. */
const markers = ['.modules.yaml', '.package-lock.json', '.yarn-state.yml', '.yarn-integrity']

/**
 * Calls `fn` when a package manager has changed the packages that a folder sees. `node_modules` itself is not walked: only
 * the files it leaves at the top are looked at. Does not keep the process alive. Returns what ends it.
 */
export function watchPackages(folder: string, root: string, fn: (reason: string) => void): () => void {
  const watchers: FSWatcher[] = []
  for (let dir = folder; ; dir = dirname(dir)) {
    watchMarkers(join(dir, 'node_modules'), watchers, fn)
    if (dir === root || dirname(dir) === dir) break
  }
  return () => {
    for (const watcher of watchers) watcher.close()
  }
}

function watchMarkers(folder: string, watchers: FSWatcher[], fn: (reason: string) => void): void {
  const read = () => markers.map(name => contentOf(join(folder, name)))
  let known = read()
  try {
    const watcher = watch(folder, { persistent: false }, (_, name) => {
      if (name !== null && !markers.includes(name)) return
      const now = read()
      const changed = markers.find((_, index) => now[index] !== known[index] && now[index] !== undefined)
      known = now
      if (changed) fn(`packages in ${folder} changed`)
    })
    watcher.on('error', () => watcher.close())
    watchers.push(watcher)
  } catch {
    // No such folder: this package has no packages of its own.
  }
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // another package manager's, or not there at the moment
  }
}
