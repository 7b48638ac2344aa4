/** What the tree of a test program should hold, and the edits that bring it there. */
import {
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { isBelow } from './layout.ts'
import { render } from './source.ts'
import { apply, changesBetween, closure, type Edit, foldersBetween, hasRoom, type State, textsOf } from './state.ts'

/** What the tree should hold: memory over disk. */
export class Published {
  disk: State
  readonly #memory = new Map<string, ReturnType<State['get']>>()

  constructor(files: State) {
    this.disk = files
  }

  get state(): State {
    const state = new Map(this.disk)
    for (const [path, source] of this.#memory) {
      if (source) state.set(path, source)
      else state.delete(path)
    }
    return state
  }

  /** Removals first: a folder makes room for a file, or the reverse. */
  editMemory(edits: readonly Edit[]): [string, string | null][] {
    const before = this.state
    const after = edits.reduce(apply, before)
    const texts = textsOf(after)
    const changes = changesBetween(before, after)
    for (const path of changes) this.#memory.set(path, after.get(path))
    // Here too, the same bytes are no change.
    const touched = edits.flatMap(({ op, path }) => (op === 'touch' && !changes.includes(path) ? [path] : []))
    return [...changes, ...touched.filter(path => after.has(path))]
      .map((path): [string, string | null] => [path, texts.get(path) ?? null])
      .sort(([, a], [, b]) => Number(a !== null) - Number(b !== null))
  }

  /** The edits that have an effect. What is written in memory stands until the disk's bytes change at that path. */
  editDisk(edits: readonly Edit[]): { edit: Edit; changed: Set<string> }[] {
    const before = this.disk
    const applied: { edit: Edit; changed: Set<string> }[] = []
    for (const edit of edits) {
      const next = apply(this.disk, edit)
      const paths = [...new Set([...changesBetween(this.disk, next), edit.path])]
      // Nothing is promised where it depends on which of several quick changes the tree happens to see.
      if (paths.some(path => this.#memory.has(path) && changesBetween(before, this.disk).includes(path))) continue
      if (next !== this.disk && [...this.#memory.keys()].some(path => !hasRoom(next, path))) continue
      if (next === this.disk) continue
      const state = this.state
      const changed = changesBetween(this.disk, next)
      this.disk = next
      applied.push({ edit, changed: closure(state, [...changed, ...foldersBetween(state, this.state)]) })
    }
    for (const path of changesBetween(before, this.disk)) this.#memory.delete(path)
    return applied
  }
}

/** Does an edit on the disk. */
export function onDisk(root: string, edit: Edit): void {
  const at = root + edit.path
  const beside = `${root}.tmp`
  if (edit.op === 'touch') utimesSync(at, new Date(), new Date())
  else if (edit.op === 'remove') {
    rmSync(at)
    prune(root, dirname(at))
  } else if (edit.op === 'rename') {
    const to = root + edit.to
    if (isBelow(to, at) || isBelow(at, to)) {
      renameSync(at, beside)
      prune(root, dirname(at))
      mkdirSync(dirname(to), { recursive: true })
      renameSync(beside, to)
    } else {
      mkdirSync(dirname(to), { recursive: true })
      renameSync(at, to)
      prune(root, dirname(at))
    }
  } else saveOnDisk(at, beside, edit)
}

/** Seconds since 1970. */
const stamp = 1_600_000_000

function saveOnDisk(at: string, beside: string, edit: Edit & { op: 'write' }): void {
  const text = render(edit.source, edit.path)
  const old = statSync(at, { throwIfNoEntry: false })
  if (edit.save === 'atomic') {
    save(beside, text)
    mkdirSync(dirname(at), { recursive: true })
    renameSync(beside, at)
  } else if (edit.save === 'same stamp' && old?.size === Buffer.byteLength(text)) {
    utimesSync(at, stamp, stamp)
    writeFileSync(at, text)
    utimesSync(at, stamp, stamp)
  } else {
    if (edit.save === 'backup' && old) renameSync(at, beside)
    if (edit.save === 'truncated' && old) truncateSync(at)
    save(at, text)
    if (edit.save === 'backup') rmSync(beside, { force: true })
  }
}

/** A tree has no empty folders, and neither has a fresh copy of it. */
function prune(root: string, folder: string): void {
  if (folder === root || readdirSync(folder).length > 0) return
  rmdirSync(folder)
  prune(root, dirname(folder))
}

export function save(at: string, text: string): void {
  mkdirSync(dirname(at), { recursive: true })
  writeFileSync(at, text)
}
