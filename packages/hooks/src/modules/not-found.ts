/** Errors for what is not there, as Node would raise them. */
import { fileURLToPath } from 'node:url'
import type { HotModule } from './module.ts'

/** The error of a fresh process for a file that is not there, where Node's own caches would say something else. */
export function notFound(specifier: string, module: HotModule, parentURL: string | undefined, require: boolean): Error {
  const { filename } = module
  const importer = parentURL?.startsWith('file:') ? fileURLToPath(parentURL) : undefined
  if (require) {
    const requireStack = importer === undefined ? [] : [importer]
    const stack = importer === undefined ? '' : `\nRequire stack:\n- ${importer}`
    const error = new Error(`Cannot find module '${specifier}'${stack}`)
    return Object.assign(error, { code: 'MODULE_NOT_FOUND', requireStack })
  }
  if (isFolder(module)) {
    const message = `Directory import '${filename}' is not supported resolving ES modules`
    const from = importer === undefined ? '' : ` imported from ${importer}`
    return Object.assign(new Error(message + from), { code: 'ERR_UNSUPPORTED_DIR_IMPORT', url: module.id })
  }
  const from = importer === undefined ? '' : ` imported from ${importer}`
  return Object.assign(new Error(`Cannot find module '${filename}'${from}`), {
    code: 'ERR_MODULE_NOT_FOUND',
    url: module.id,
  })
}

function isFolder({ tree, path }: HotModule): boolean {
  const folder = path.endsWith('/') ? path : `${path}/`
  for (const other of tree.files.keys()) if (other.startsWith(folder)) return true
  return false
}
