/**
 * The working folder.
 *
 * A call of `process.chdir()` in a module's evaluation comes in. When the module is replaced, the process goes back to where it was, so
 * that the next version begins where a fresh process does. The invariant: a folder that somebody else has gone to since is kept.
 */
import type { Patches } from '../node/patches.ts'
import type { Owned } from '../ownership/owned-resources.ts'
import type { Owners } from '../ownership/owner-of-call.ts'

export function patchWorkingFolder(patches: Patches, owned: Owned, owners: Owners): void {
  const { chdir, cwd } = process
  patches.replace(process, 'chdir', (_self, _args, call) => {
    const scope = owners.findCheaply()?.scope
    const before = scope && folderNow(cwd)
    const result = call()
    const after = cwd()
    if (scope && before !== undefined && after !== before) {
      const isOpen = () => folderNow(cwd) === after
      owned.give(scope, { kind: undefined, resource: {}, isOpen, close: () => goBack(chdir, before) })
    }
    return result
  })
}

/** `undefined`: it was removed. */
function folderNow(cwd: () => string): string | undefined {
  try {
    return cwd()
  } catch {
    return undefined
  }
}

/** Somebody may have removed the folder. Then the next version finds what a fresh process would not, and says so itself. */
function goBack(chdir: (folder: string) => void, folder: string): void {
  try {
    chdir(folder)
  } catch {
    // It stays where it is.
  }
}
