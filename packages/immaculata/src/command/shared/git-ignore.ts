/**
 * What git ignores: build folders, caches, generated code. `.gitignore` files come in; the answer to one question goes out: is this path
 * ignored? The invariant: as for git, a file below an ignored folder is ignored, and the last matching rule decides.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

interface Rule {
  readonly pattern: RegExp
  readonly onlyFolders: boolean
  readonly ignores: boolean
}

export class GitIgnore {
  /** The path of the root below the top of the repository: `''`, or `packages/app/`. */
  readonly #prefix: string
  readonly #top: string
  readonly #rules = new Map<string, readonly Rule[]>()
  readonly #folders = new Map<string, boolean>()

  constructor(root: string) {
    this.#top = topOf(root)
    const below = relative(this.#top, root).split(sep).join('/')
    this.#prefix = below === '' ? '' : `${below}/`
  }

  /** `path` is `/a/b`, below the root. */
  ignores(path: string): boolean {
    const full = this.#prefix + path.slice(1)
    return this.#isFolderIgnored(folderOf(full)) || this.#decides(full, false)
  }

  /** The outermost ignored folder above a path, as `/a/`; `undefined` if there is none. */
  ignoredFolderAbove(path: string): string | undefined {
    for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) {
      if (this.#isFolderIgnored(this.#prefix + path.slice(1, at))) return path.slice(0, at + 1)
    }
    return undefined
  }

  #isFolderIgnored(folder: string): boolean {
    if (folder === '' || this.#prefix.startsWith(`${folder}/`)) return false
    let ignored = this.#folders.get(folder)
    if (ignored === undefined) {
      ignored = this.#isFolderIgnored(folderOf(folder)) || this.#decides(folder, true)
      this.#folders.set(folder, ignored)
    }
    return ignored
  }

  /** All rules. Those of the innermost `.gitignore` come last. */
  #decides(path: string, isFolder: boolean): boolean {
    for (let folder = folderOf(path); ; folder = folderOf(folder)) {
      const below = folder === '' ? path : path.slice(folder.length + 1)
      const rule = this.#rulesIn(folder).findLast(
        ({ pattern, onlyFolders }) => (isFolder || !onlyFolders) && pattern.test(below),
      )
      if (rule) return rule.ignores
      if (folder === '') return false
    }
  }

  #rulesIn(folder: string): readonly Rule[] {
    let rules = this.#rules.get(folder)
    if (!rules) {
      rules = readRules(join(this.#top, folder, '.gitignore'))
      if (folder === '') rules = [...readRules(join(this.#top, '.git/info/exclude')), ...rules]
      this.#rules.set(folder, rules)
    }
    return rules
  }
}

/** The folder of the repository. Without one, the root itself may have a `.gitignore`. */
function topOf(root: string): string {
  try {
    for (let dir = root; dirname(dir) !== dir; dir = dirname(dir)) if (existsSync(join(dir, '.git'))) return dir
  } catch {
    // With --permission, what lies above may not be looked at.
  }
  return root
}

function folderOf(path: string): string {
  const at = path.lastIndexOf('/')
  return at < 0 ? '' : path.slice(0, at)
}

function readRules(file: string): Rule[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return [] // most folders have no `.gitignore`
  }
  return text.split(/\r?\n/).flatMap(toRule)
}

function toRule(line: string): Rule[] {
  const trimmed = line.replace(/(?<!\\) +$/, '')
  if (trimmed === '' || trimmed.startsWith('#')) return []
  const ignores = !trimmed.startsWith('!')
  const text = ignores ? trimmed : trimmed.slice(1)
  const onlyFolders = text.endsWith('/')
  const name = onlyFolders ? text.slice(0, -1) : text
  // With a slash at its beginning or in its middle, a rule is for this folder; otherwise for every folder below, too.
  const isAnchored = name.includes('/')
  try {
    return [
      {
        pattern: new RegExp(`^${isAnchored ? '' : '(?:.*/)?'}${toRegExp(name.replace(/^\//, ''))}$`),
        onlyFolders,
        ignores,
      },
    ]
  } catch {
    return [] // `[z-a]`: git matches nothing with it either
  }
}

function toRegExp(glob: string): string {
  return glob
    .replace(/\*{2,}/g, '**')
    .replace(
      /\\(.)|\[(!?)((?:\\.|[^\]\\])+)\]|(^|\/)\*\*\/|\/\*\*$|\*+|\?|[.+^${}()|/[\]\\]/g,
      (found, escaped, not, set, before) => {
        if (escaped !== undefined) return escapeText(escaped)
        if (set !== undefined) return `[${not ? '^' : ''}${set}]`
        if (before !== undefined) return `${before}(?:.*/)?`
        if (found === '/**') return '/.*'
        if (found.startsWith('*')) return '[^/]*'
        return found === '?' ? '[^/]' : escapeText(found)
      },
    )
}

function escapeText(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
