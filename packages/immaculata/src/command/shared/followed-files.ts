/** Which files of a folder make up the tree of a program. */
import { realpathSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { matcher } from '@hot/tree'
import { FileTree } from '../../tree.ts'
import { GitIgnore } from './git-ignore.ts'
import { isOutsideModules } from './restart-reasons.ts'

const moduleName = /\.(?:[cm]?[jt]s|[jt]sx|json)$/

/** Folders in which tools keep what nobody imports, and much of it. */
const storeName = /\/\.(?:git|hg|svn|yarn|pnpm-store|nx|turbo|cache)$/

/**
 * The tree of a program: only files that can be modules (without an extension, the entry point only), and the few besides on
 * which a program depends as a whole, are read and followed. All others cost their names, until somebody imports one; so does
 * what git ignores, unless the entry point itself lies among it.
 */
export function openTree(
  root: string,
  entry: string,
  { ignore }: { ignore?: readonly string[] | undefined } = {},
): FileTree {
  const started = entry.replaceAll('\\', '/')
  const isModule = (path: string) => moduleName.test(path) || started.endsWith(path)
  const ignored = (ignore ?? []).map(matcherOf)
  const isIgnored = (path: string) => ignored.some(matches => matches(path))
  const isGenerated = generated(root, entry)
  return new FileTree(root, process.cwd(), {
    exclude: (path, isDirectory) => isIgnored(path) || (isDirectory && storeName.test(path)),
    onDemand: path => !isOutsideModules(path) && (!isModule(path) || isGenerated(path) || isHuge(root, path)),
  })
}

/** No module that anybody writes is that large, in bytes: it is data, or a dump. */
const huge = 64 * 2 ** 20

function isHuge(root: string, path: string): boolean {
  const stat = statSync(join(root, path), { throwIfNoEntry: false })
  return stat !== undefined && stat.size > huge
}

/** Whether git ignores a path that is not part of the build which is run. */
function generated(root: string, entry: string): (path: string) => boolean {
  const folder = realpathSync(resolve(root))
  const git = new GitIgnore(folder)
  const below = relative(folder, entry).split(sep).join('/')
  const ran = git.ignoredFolderAbove(`/${below}`)
  return path => path !== `/${below}` && !(ran !== undefined && path.startsWith(ran)) && git.ignores(path)
}

/** A pattern without a slash means files and folders of that name anywhere, as for git; a folder stands for all that is in it. */
function matcherOf(pattern: string): (path: string) => boolean {
  const plain = pattern.replace(/^\.\//, '').replace(/\/$/, '')
  return matcher(plain.includes('/') ? plain : `**/${plain}`)
}
