/**
 * Whether TypeScript needs more than its types taken away, read from its text before anything starts. Files come in; what needs a compiler
 * goes out. It may say so once too often (a word in a comment): a compiler runs what Node runs as well.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isTypeScript } from './installed.ts'
import { matchesPath, type TsConfig, tsConfigOf } from './tsconfig.ts'

/** So many files are read, at most: a start must not wait for this. What is in others is found when Node refuses it. */
const most = 100

const syntax: readonly (readonly [RegExp, string])[] = [
  [/(?:^|[;}\s])(?:export\s+)?(?:const\s+)?enum\s+[\w$]+\s*\{/m, 'an enum'],
  [/^\s*(?:export\s+)?namespace\s+[\w$.]+\s*\{/m, 'a namespace'],
  [/\bconstructor\s*\([^)]*?\b(?:private|public|protected|readonly)\s/, 'a parameter property'],
  [/^\s*@[\w$.]+(?:\([^\n]*)?\s*$/m, 'a decorator'],
  [/^\s*(?:export\s+)?import\s+[\w$]+\s*=\s*[\w$]/m, 'import … = …'],
]

const imports = /(?:\bfrom|\bimport)\s*\(?\s*(['"])((?:(?!\1)[^\\\n])+)\1/g

/** What needs a compiler in an entry point and in what it imports. */
export function compilerNeed(entry: string): string | undefined {
  const config = tsConfigOf(dirname(entry))
  const files = new Set([entry])
  for (const file of files) {
    if (files.size > most) return undefined
    if (/\.[jt]sx$/.test(file)) return 'JSX'
    const text = readText(file)
    if (text === undefined) continue
    const found = syntax.find(([pattern]) => pattern.test(text))
    if (found) return found[1]
    for (const [, , specifier] of text.matchAll(imports)) {
      const target = resolve(specifier!, file, config)
      if (target === undefined) continue
      if (typeof target !== 'string') return target.need
      if (isTypeScript(target)) files.add(target)
    }
  }
  return undefined
}

/** The file that a specifier means to Node, or why Node does not find it; `undefined` for packages and what is not there. */
function resolve(specifier: string, importer: string, config: TsConfig): string | { need: string } | undefined {
  if (!/^\.{0,2}\//.test(specifier)) {
    return matchesPath(config, specifier) ? { need: 'the "paths" of tsconfig.json' } : undefined
  }
  const path = specifier.startsWith('/') ? specifier : join(dirname(importer), specifier)
  if (isFile(path)) return path
  return meantBy(path) === undefined ? undefined : { need: `an import without its extension, '${specifier}',` }
}

/** The TypeScript file that is meant by a path which Node does not find. */
export function meantBy(path: string): string | undefined {
  const stem = path.replace(/\.([cm]?)jsx?$/, '')
  const [, kind] = /\.([cm]?)jsx?$/.exec(path) ?? []
  const names =
    kind === undefined ? ['.ts', '.tsx', '.mts', '.cts'].map(end => path + end) : [`${stem}.${kind}ts`, `${stem}.tsx`]
  const inside = kind === undefined ? ['.ts', '.tsx'].map(end => join(path, `index${end}`)) : []
  return [...names, ...inside].find(isFile)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
