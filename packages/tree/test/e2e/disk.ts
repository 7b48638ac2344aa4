import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type Change, FileTree, type TreeOptions } from '../../src/index.ts'

const folders: string[] = []
process.on('exit', () => {
  for (const dir of folders) fs.rmSync(dir, { recursive: true, force: true })
})

/** The real path of a fresh folder, which is removed when the process ends. */
export function freshFolder(files: Record<string, string | Buffer> = {}): string {
  const dir = fs.realpathSync.native(fs.mkdtempSync(path.join(os.tmpdir(), 'hot tree-')))
  folders.push(dir)
  for (const [name, content] of Object.entries(files)) save(dir, name, content)
  return dir
}

export function save(dir: string, name: string, content: string | Buffer): void {
  fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true })
  fs.writeFileSync(path.join(dir, name), content)
}

export function saveAtomically(dir: string, name: string, content: string): void {
  save(dir, `${name}.tmp`, content)
  fs.renameSync(path.join(dir, `${name}.tmp`), path.join(dir, name))
}

/** Every regular file below a folder, read without the code under test. */
export function onDisk(dir: string, at = '', found = new Map<string, Buffer>()): Map<string, Buffer> {
  for (const entry of fs.readdirSync(dir + at, { withFileTypes: true })) {
    const name = `${at}/${entry.name}`
    if (entry.isDirectory()) onDisk(dir, name, found)
    else if (entry.isFile()) found.set(name, fs.readFileSync(dir + name))
  }
  return found
}

/** The differences between the tree and the disk. */
export function difference(tree: FileTree, dir: string): string[] {
  const disk = onDisk(dir)
  const wrong: string[] = []
  for (const [name, content] of disk) {
    const file = tree.files.get(name)
    if (!file) wrong.push(`${name} is missing in the tree`)
    else if (!file.content.equals(content))
      wrong.push(`${name} has ${file.content.length} bytes, ${content.length} on disk`)
  }
  for (const name of tree.files.keys()) if (!disk.has(name)) wrong.push(`${name} is not on the disk`)
  return wrong
}

/** A watching tree that records its events. */
export function watched(dir: string, options: TreeOptions & { poll?: number; persistent?: boolean } = {}) {
  const tree = new FileTree('.', dir, options)
  const updates: Change[][] = []
  const errors: unknown[] = []
  tree.on('filesUpdated', changes => void updates.push([...changes]))
  tree.on('error', (error: unknown) => void errors.push(error))
  const { poll, persistent } = options
  tree.watch({ ...(poll !== undefined && { poll }), ...(persistent !== undefined && { persistent }) })
  return { tree, updates, errors }
}

export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** Waits until something holds. Throws after `deadline` ms. */
export async function until(holds: () => boolean, what: string | (() => string), deadline = 20_000): Promise<void> {
  const end = performance.now() + deadline
  while (!holds()) {
    if (performance.now() > end)
      throw new Error(`not within ${deadline} ms: ${typeof what === 'string' ? what : what()}`)
    await pause(2)
  }
}

export async function settled(tree: FileTree, dir: string): Promise<void> {
  await until(
    () => difference(tree, dir).length === 0,
    () => `the tree equals the disk: ${difference(tree, dir).slice(0, 5).join('; ')}`,
  )
}

/** Resolves once the first comparison of a watching tree is over: an update with a file of its own shows it. */
export async function quiet(tree: FileTree, dir: string): Promise<void> {
  saveAtomically(dir, 'ready', 'ready')
  await until(() => tree.files.has('/ready'), 'the first update')
}
