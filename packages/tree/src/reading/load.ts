/** The first reading of a tree: all of it, at once. */
import { TreeFile } from '../files/tree-file.ts'
import { nextVersion } from '../files/version.ts'
import type { Disk } from './disk.ts'
import { isAbsence } from './disk-errors.ts'

export interface LoadSeams {
  /** Runs before each file is read. */
  beforeRead(path: string): void
  /** Takes the error of a file or folder that cannot be read; the rest is loaded. */
  report(path: string, error: unknown): void
}

/** Loads every file below the root into `files`, synchronously. Throws when the root itself cannot be read. */
export function loadAll(disk: Disk, files: Map<string, TreeFile>, seams: LoadSeams): void {
  const todo = ['']
  for (let folder = todo.pop(); folder !== undefined; folder = todo.pop()) {
    try {
      const entries = disk.entries(folder)
      disk.folders.add(folder)
      for (const { path, kind } of entries) {
        if (kind === 'folder') todo.push(path)
        else if (kind === 'file') loadFile(disk, files, path, seams)
      }
    } catch (error) {
      if (folder === '') throw error
      if (isAbsence(error)) continue
      disk.folders.add(folder)
      seams.report(folder, error)
    }
  }
}

/** Loads one file into `files`, if it exists. */
export function loadFile(disk: Disk, files: Map<string, TreeFile>, path: string, seams: LoadSeams): void {
  try {
    seams.beforeRead(path)
    const content = disk.read(path)
    disk.lastRead.set(path, content)
    files.set(path, new TreeFile(path, content, nextVersion()))
  } catch (error) {
    // A file that vanished after its folder was read is as if it had never been there.
    if (!isAbsence(error)) seams.report(path, error)
  }
}
