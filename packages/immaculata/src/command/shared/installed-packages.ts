/** Notices that a package manager has changed the packages which a folder sees: a process loads them once. */
import { existsSync, type FSWatcher, readFileSync, watch } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Taken before the program may replace them. */
const { setTimeout, clearTimeout } = globalThis

/** The files that package managers write into `node_modules` when they are done. */
const markers = ['.modules.yaml', '.package-lock.json', '.yarn-state.yml', '.yarn-integrity']

/** How often a missing folder is looked for, in ms. */
const lookAgain = 500

/**
 * Calls `fn` when a package manager has changed the packages that a folder sees. It does not walk `node_modules`, but looks at the
 * files that package managers leave at its top. Does not keep the process alive. Returns what ends it.
 */
export function watchPackages(folder: string, root: string, fn: (reason: string) => void): () => void {
  const ends: (() => void)[] = []
  for (let dir = folder; ; dir = dirname(dir)) {
    ends.push(watchMarkers(join(dir, 'node_modules'), fn))
    if (dir === root || dirname(dir) === dir) break
  }
  return () => {
    for (const end of ends) end()
  }
}

function watchMarkers(folder: string, fn: (reason: string) => void): () => void {
  const read = () => markers.map(name => contentOf(join(folder, name)))
  let known = read()
  let watcher: FSWatcher | undefined
  let timer: NodeJS.Timeout | undefined
  const look = () => {
    const now = read()
    const changed = markers.some((_, index) => now[index] !== undefined && now[index] !== known[index])
    // A missing marker keeps its old text: the packages are being reinstalled, perhaps without a change.
    known = known.map((before, index) => now[index] ?? before)
    if (changed) fn(`packages in ${folder} changed`)
  }
  const arm = () => {
    timer = undefined
    // A watch of a folder that does not exist fails, and leaves a handle behind that a program can see.
    if (!existsSync(folder)) return again()
    try {
      watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || markers.includes(name)) look()
        if (name === basename(folder)) again() // the folder itself is gone, or was replaced
      })
      watcher.on('error', again)
      look()
    } catch {
      again() // there is no such folder: this package has no packages of its own yet
    }
  }
  const again = () => {
    watcher?.close()
    timer ??= setTimeout(arm, lookAgain).unref()
  }
  arm()
  return () => {
    watcher?.close()
    clearTimeout(timer)
  }
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // it belongs to another package manager, or does not exist at the moment
  }
}
