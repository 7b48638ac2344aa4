/** Remedies in one line, for common mistakes that Node's own message does not answer. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Place } from '@hot/hooks'
import { compilerToInstall, installedCompiler } from '../compilers/installed.ts'
import { nearest } from './nearest.ts'

export interface Mistake {
  readonly message: string
  readonly code: string
  readonly error: Error & { readonly port?: unknown }
  /** The file with the mistake; the current folder if it is not known. */
  readonly file: string
  /** The line with the mistake, from the caret on. */
  readonly atCaret: string
}

type Remedy = (mistake: Mistake) => string | undefined

/** The first remedy that applies is shown. */
const remedies: readonly Remedy[] = [
  ({ atCaret }) =>
    /^(?:<{7}|={7}|>{7})(?: |$)/.test(atCaret) ? 'the marks of a merge conflict are still in the file' : undefined,
  ({ code, message, file }) =>
    code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
      ? `${/enum|namespace|parameter property/i.exec(message)?.[0] ?? 'this'} is not erasable: ${compiler(file)}`
      : undefined,
  ({ atCaret, message, file }) =>
    atCaret.startsWith('@') && /Invalid or unexpected token|Expression expected|Decorators/.test(message)
      ? `decorators have to be compiled: ${/\.[cm]?ts$/.test(file) ? compiler(file) : 'Node does not know them yet'}`
      : undefined,
  ({ atCaret, message, file }) =>
    /^<[A-Za-z>]/.test(atCaret) && /Unexpected token '?</.test(message)
      ? `JSX has to be compiled: name the file ${/tsx?$/.test(file) ? '.tsx' : '.jsx'}, and ${compiler(file)}`
      : undefined,
  ({ code, message, file }) =>
    code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[jt]sx"/.test(message)
      ? `JSX has to be compiled: ${compiler(file)}`
      : undefined,
  ({ code, message, file }) => {
    if (!/^(?:ERR_)?MODULE_NOT_FOUND$/.test(code) || message.includes('Did you mean')) return undefined
    const name = /Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1]
    if (name === undefined) return undefined
    return isBare(name) ? missingPackage(name, file) : missingFile(name, file)
  },
  ({ code }) => (code === 'ERR_IMPORT_ATTRIBUTE_MISSING' ? "write: import … with { type: 'json' }" : undefined),
  ({ code }) =>
    code === 'ERR_REQUIRE_ASYNC_MODULE' || code === 'ERR_REQUIRE_ASYNC'
      ? 'load it with import() instead of require()'
      : undefined,
  ({ message, atCaret }) =>
    /^await\b/.test(atCaret) && /reserved word|await is only valid/.test(message)
      ? 'await works in async functions, and at the top level of ES modules'
      : undefined,
  ({ message, file }) =>
    /Cannot use import statement outside a module|Unexpected token 'export'/.test(message)
      ? file.endsWith('.cjs') || file.endsWith('.cts')
        ? `${/\.cts$/.test(file) ? '.cts' : '.cjs'} files are CommonJS: use require(), or name it ${/\.cts$/.test(file) ? '.mts' : '.mjs'}`
        : 'set "type": "module" in package.json, or name the file .mjs'
      : undefined,
  ({ message }) =>
    /^(?:exports|module) is not defined in ES module scope/.test(message)
      ? 'import and export make a file an ES module: write export, or require() in place of import'
      : undefined,
  ({ message }) => (/^__dirname is not defined/.test(message) ? 'in ES modules it is import.meta.dirname' : undefined),
  ({ message }) =>
    /^__filename is not defined/.test(message) ? 'in ES modules it is import.meta.filename' : undefined,
  ({ message, atCaret }) => {
    const [, specifier, name] = /module '(.+)' does not provide an export named '(.+)'/.exec(message) ?? []
    return specifier !== undefined &&
      /\.[cm]?ts$/.test(specifier) &&
      new RegExp(`^${name}\\b`).test(atCaret) &&
      /^[A-Z]/.test(name!)
      ? `if ${name} is a type, write: import { type ${name} }`
      : undefined
  },
  ({ message, file }) => {
    const [, specifier, name] = /module '(\.{1,2}\/.+)' does not provide an export named '(.+)'/.exec(message) ?? []
    if (specifier === undefined || name === 'default') return undefined
    const meant = nearest(name!, exportsOf(join(dirname(file), specifier)))
    return meant === undefined ? undefined : `did you mean ${meant}?`
  },
  ({ code, error }) =>
    code === 'EADDRINUSE' && error.port !== undefined
      ? `another process listens on port ${error.port}: end that one, or take another port`
      : undefined,
  ({ code, error }) =>
    code === 'EACCES' && Number(error.port) < 1024 ? 'ports below 1024 need privileges: take another port' : undefined,
]

/** The remedy for an error; `undefined` if its message already says everything. */
export function remedyFor(error: unknown, place: Place | undefined): string | undefined {
  if (!(error instanceof Error)) return undefined
  const mistake = mistakeOf(error, place)
  for (const remedy of remedies) {
    const text = remedy(mistake)
    if (text !== undefined) return text
  }
  return undefined
}

export function mistakeOf(error: Error, place: Place | undefined): Mistake {
  const { code } = error as NodeJS.ErrnoException
  const [line = '', caret] = place?.frame.split('\n') ?? []
  return {
    message: String(error.message),
    code: String(code),
    error,
    file: place?.file ?? join(process.cwd(), 'main.js'),
    atCaret: caret === undefined ? '' : line.slice(caret.length - 1),
  }
}

/** The command that installs a compiler, which is then used by itself; the option that loads one that is installed. */
function compiler(file: string): string {
  const folder = dirname(file)
  if (installedCompiler(file)) return 'run with --import tsx'
  return `${installCommand(folder, true)} ${compilerToInstall(folder)}`
}

export function isBare(name: string): boolean {
  return !/^(?:[./]|file:|node:|[A-Za-z]:[\\/])/.test(name)
}

function missingPackage(specifier: string, file: string): string | undefined {
  if (/^(?:@|~|#)(?:\/|$)/.test(specifier) || specifier.startsWith('~')) {
    return `Node does not read the "paths" of tsconfig.json: use "imports" in package.json ("#…"), or a compiler: ${compiler(file)}`
  }
  if (specifier.startsWith('#')) return undefined
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)![0]
  return `${installCommand(dirname(file), false)} ${name}`
}

/** An install command for the package manager that the project uses. */
function installCommand(folder: string, forDevelopment: boolean): string {
  const lockFiles = {
    'pnpm-lock.yaml': 'pnpm add',
    'yarn.lock': 'yarn add',
    'bun.lock': 'bun add',
    'bun.lockb': 'bun add',
  }
  for (let dir = folder; ; dir = dirname(dir)) {
    for (const [lockFile, command] of Object.entries(lockFiles)) {
      if (existsSync(join(dir, lockFile))) return forDevelopment ? `${command} -D` : command
    }
    if (existsSync(join(dir, 'package-lock.json')) || dirname(dir) === dir) break
  }
  return forDevelopment ? 'npm i -D' : 'npm i'
}

/** The file that was probably meant, with another extension. */
function missingFile(name: string, importer: string): string | undefined {
  const path = name.startsWith('file:')
    ? fileURLToPath(name)
    : join(name.startsWith('.') ? dirname(importer) : '', name)
  const written = specifierFor(importer, path)
  const [, stem = path, extension = ''] = /^(.*?)(\.[cm]?jsx?)?$/s.exec(path)!
  const meant = ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json']
    .map(other => (extension === '' ? [`${path}${other}`, `/index${other}`] : [`${stem}${other}`]))
    .flatMap(([beside, inside]) => (inside === undefined ? [beside!] : [beside!, path + inside]))
    .find(candidate => existsSync(candidate))
  if (written === undefined) return undefined
  if (meant === undefined) {
    const near = nearestFile(path)
    return near && `did you mean '${written.slice(0, written.lastIndexOf('/') + 1)}${near}'?`
  }
  const ending = meant.slice(stem.length)
  const name_ = written.slice(0, written.length - extension.length) + ending
  const isTypeScript = /\.[cm]?tsx?$/.test(meant)
  return `write '${name_}'${isTypeScript ? `, or use a compiler: ${compiler(importer)}` : ''}`
}

/** The file of a folder whose name is most like that of a missing one. An extension that was left out stays so. */
function nearestFile(path: string): string | undefined {
  const last = basename(path)
  const names = namesIn(dirname(path))
  return nearest(last, /\.\w+$/.test(last) ? names : names.map(name => name.replace(/\.\w+$/, '')))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** The names that a file exports, as far as its text shows them. */
function exportsOf(file: string): string[] {
  try {
    const text = readFileSync(file, 'utf8')
    const declared = text.matchAll(/\bexport\s+(?:async\s+)?(?:const|let|var|class|function\*?|enum)\s+([\w$]+)/g)
    const listed = text.matchAll(/\bexport\s*\{([^}]*)\}/g)
    return [
      ...[...declared].map(([, name]) => name!),
      ...[...listed].flatMap(([, names]) =>
        names!.split(',').map(
          each =>
            each
              .trim()
              .split(/\s+as\s+/)
              .at(-1)!,
        ),
      ),
    ]
  } catch {
    return []
  }
}

/** The name by which the importer would import the file. */
function specifierFor(importer: string, path: string): string | undefined {
  const last = path.split(/[\\/]/).at(-1)!
  try {
    const text = readFileSync(importer, 'utf8')
    const at = text.search(new RegExp(`['"\`][^'"\`\\n]*${last.replace(/[$.*+?()[\]{}|^\\]/g, '\\$&')}['"\`]`))
    return at < 0 ? undefined : /^.([^'"`]*)/.exec(text.slice(at))![1]
  } catch {
    return undefined
  }
}
