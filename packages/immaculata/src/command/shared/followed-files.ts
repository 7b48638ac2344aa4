/** Decides which files of a folder make up the tree of a program. */
import { realpathSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { matcher } from '@hot/tree'
import { FileTree } from '../../tree.ts'
import { GitIgnore } from './git-ignore.ts'
import { isOutsideModules } from './restart-reasons.ts'

const moduleName = /\.(?:[cm]?[jt]s|[jt]sx|json)$/

/** Folders in which tools keep many files that nobody imports. */
const storeName = /\/\.(?:git|hg|svn|yarn|pnpm-store|nx|turbo|cache)$/

/**
 * The tree of a program. Only files that can be modules are read and followed (of those without an extension, only the entry point),
 * and the few others that a program depends on as a whole. Of all other files only the names are read, until something imports them.
 * The same holds for what git ignores, unless the entry point is among it.
 */
export function openTree(
  root: string,
  entry: string,
  { ignore, include }: { ignore?: readonly string[] | undefined; include?: readonly string[] | undefined } = {},
): FileTree {
  const started = entry.replaceAll('\\', '/')
  const isModule = (path: string) => moduleName.test(path) || started.endsWith(path)
  const ignored = (ignore ?? []).map(matcherOf)
  const isIncluded = includes(include)
  const isIgnored = (path: string) => ignored.some(matches => matches(path))
  const isGenerated = generated(root, entry)
  return new FileTree(root, process.cwd(), {
    exclude: (path, isDirectory) => isIgnored(path) || (isDirectory && storeName.test(path)),
    onDemand: path =>
      !isOutsideModules(path) && !isIncluded(path) && (!isModule(path) || isGenerated(path) || isHuge(root, path)),
  })
}

/** No module that people write has so many bytes: it is data, or a dump. */
const huge = 64 * 2 ** 20

function isHuge(root: string, path: string): boolean {
  const stat = statSync(join(root, path), { throwIfNoEntry: false })
  return stat !== undefined && stat.size > huge
}

/** Does git ignore a path that is not part of the build that is run? */
function generated(root: string, entry: string): (path: string) => boolean {
  const folder = realpathSync(resolve(root))
  const git = new GitIgnore(folder)
  const below = relative(folder, entry).split(sep).join('/')
  const ran = git.ignoredFolderAbove(`/${below}`)
  return path => path !== `/${below}` && !(ran !== undefined && path.startsWith(ran)) && git.ignores(path)
}

/** Does one of some patterns name a path, or a folder that it lies in? */
export function includes(patterns: readonly string[] = []): (path: string) => boolean {
  const included = patterns.map(matcherOf)
  return path => included.length > 0 && withFolders(path).some(each => included.some(matches => matches(each)))
}

/**
 * Was a place of the disk generated, with the folder that it lies in? A file that git ignores by its own name may be settings of this
 * machine, as people write them. Nothing is read before the first question.
 */
export function generatedPlaces(root: string, entry: string): (place: string) => boolean {
  let isGenerated: ((path: string) => boolean) | undefined
  const folder = realpathSync(resolve(root))
  return place => {
    const below = relative(folder, place).split(sep).join('/')
    if (below === '' || below.startsWith('../')) return false
    isGenerated ??= generated(root, entry)
    if (!isGenerated(`/${below}/any`)) return false // the folder itself as well
    const parent = below.slice(0, below.lastIndexOf('/') + 1)
    const isFolderIgnored = parent !== '' && isGenerated(`/${parent}any`)
    return isFolderIgnored || !statSync(place, { throwIfNoEntry: false })?.isFile()
  }
}

/** A path, and those of the folders that it lies in. */
function withFolders(path: string): string[] {
  const paths = [path]
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) paths.push(path.slice(0, end))
  return paths
}

/** As for git, a pattern without a slash means files and folders of that name anywhere, and a folder means everything in it. */
function matcherOf(pattern: string): (path: string) => boolean {
  const plain = pattern.replace(/^\.\//, '').replace(/\/$/, '')
  return matcher(plain.includes('/') ? plain : `**/${plain}`)
}
