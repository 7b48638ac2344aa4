/** Options in package.json, under "immaculata". They are checked like arguments; what stands in arguments comes on top of them. */
import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { nearest } from '../messages/nearest.ts'
import { entryFile, projectFolder } from '../shared/find-root.ts'
import type { Options } from '../shared/options.ts'
import type { Request, WithoutFile } from './parse.ts'

type Kind = 'boolean' | 'number' | 'folder' | 'patterns' | 'json'

/** Each option, and what it takes. `schema.json` says the same. */
export const packageOptions: Readonly<Record<keyof Omit<Options, 'columns' | 'compiledBy' | 'token'>, Kind>> = {
  root: 'folder',
  ignore: 'patterns',
  include: 'patterns',
  explain: 'boolean',
  verbose: 'boolean',
  quiet: 'boolean',
  clear: 'boolean',
  times: 'boolean',
  json: 'json',
  reload: 'boolean',
  ui: 'boolean',
  stay: 'boolean',
  once: 'boolean',
  auto: 'boolean',
  contributions: 'boolean',
  compiler: 'boolean',
  poll: 'number',
}

/** A request with the options of the package that the entry point belongs to. */
export function withPackageOptions(request: Exclude<Request, WithoutFile>): Exclude<Request, WithoutFile> {
  if (request.kind !== 'run') return request
  const entry = entryFile(request.entry)
  const file = nearestPackage(entry === undefined ? process.cwd() : projectFolder(entry))
  const given = file === undefined ? undefined : optionsIn(file)
  if (file === undefined || given === undefined) return request
  const checked: Options = {}
  for (const [name, value] of Object.entries(given)) {
    const wrong = take(checked, name, value, file)
    if (wrong !== undefined) return { kind: 'wrong', message: `${file}: "immaculata": ${wrong}` }
  }
  const { options } = request
  const both = (name: 'ignore' | 'include') => {
    const list = [...(checked[name] ?? []), ...(options[name] ?? [])]
    return list.length === 0 ? {} : { [name]: list }
  }
  return { ...request, options: { ...checked, ...options, ...both('ignore'), ...both('include') } }
}

function nearestPackage(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'package.json')
    if (statSync(file, { throwIfNoEntry: false })?.isFile()) return file
    if (dirname(at) === at) return undefined
  }
}

function optionsIn(file: string): object | undefined {
  try {
    const text = readFileSync(file, 'utf8')
    if (!text.includes('"immaculata"')) return undefined
    const { immaculata } = JSON.parse(text) as { immaculata?: unknown }
    return typeof immaculata === 'object' && immaculata !== null ? immaculata : undefined
  } catch {
    return undefined // Node reports a broken package.json itself
  }
}

/** Takes one option. Returns what is wrong with it. */
function take(options: Options, name: string, value: unknown, file: string): string | undefined {
  const kind = Object.hasOwn(packageOptions, name) ? packageOptions[name as keyof typeof packageOptions] : undefined
  if (name === '$schema') return undefined
  if (kind === undefined) {
    const meant = nearest(name.replace(/^-+/, ''), Object.keys(packageOptions))
    return `there is no option "${name}"${meant === undefined ? '' : `: did you mean "${meant}"?`}`
  }
  const wrong = whatIsWrong(kind, value)
  if (wrong !== undefined) return `"${name}" ${wrong}`
  if (kind === 'folder') {
    const folder = resolve(dirname(file), value as string)
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return `"root": there is no folder ${folder}`
    options.root = folder
  } else if (kind === 'patterns') Object.assign(options, { [name]: [value].flat() })
  else if (value !== false || kind === 'boolean') Object.assign(options, { [name]: value })
  return undefined
}

function whatIsWrong(kind: Kind, value: unknown): string | undefined {
  const isText = (each: unknown) => typeof each === 'string' && each !== ''
  switch (kind) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'takes true or false'
    case 'number':
      return typeof value === 'number' && value > 0 ? undefined : 'takes a number of milliseconds'
    case 'folder':
      return isText(value) ? undefined : 'takes the name of a folder'
    case 'json':
      return typeof value === 'boolean' || isText(value) ? undefined : 'takes true, false or the name of a file'
    default:
      return [value].flat().every(isText) ? undefined : 'takes a pattern, or a list of patterns'
  }
}
