/**
 * What a program can see of a value that `import()` or `require()` gave it, as plain data: everything reachable, object
 * identities included. Both sides use it, the process with the hooks and the one without, so it runs on every version.
 */

import { fileURLToPath, pathToFileURL } from 'node:url'
import { types } from 'node:util'

/** Takes the folder and the version out of a string. */
export function cleaner(folder) {
  const above = folder.slice(0, folder.lastIndexOf('/'))
  const names = [folder, above].flatMap(name => [pathToFileURL(name).href, name])
  return text =>
    names
      .reduce((text, name) => text.replaceAll(name, ''), text)
      .replace(/\?ver=\d+&/g, '?')
      .replace(/[?&]ver=\d+/g, '')
}

export function describeError(error) {
  if (!(error instanceof Error)) return `thrown ${typeof error}`
  if (error.code !== undefined) return String(error.code)
  return error.name === 'Error' ? `Error ${error.message}` : error.name
}

/** The globals that the modules of a test program use. */
export function installGlobals() {
  const log = []
  const caught = error => ({ caught: describeError(error) })
  Object.assign(globalThis, {
    __log: log,
    __caught: caught,
    __try(fn) {
      try {
        return fn()
      } catch (error) {
        return caught(error)
      }
    },
    __start: where => void log.push(`start ${nameOf(where)}`),
    __end: where => void log.push(`end ${nameOf(where)}`),
  })
  return log
}

/** A file name with its query, from what a module knows of itself. */
function nameOf(where) {
  if (!where.startsWith('file:')) return where
  const { search } = new URL(where)
  return fileURLToPath(where) + search
}

export async function fingerprint(root, clean) {
  const seen = new Map()
  async function walk(value) {
    if (typeof value === 'string') return clean(value)
    if (typeof value === 'undefined') return 'undefined'
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return value
    if (types.isPromise(value)) return ['promise', await walk(await value)]
    if (seen.has(value)) return `same as ${seen.get(value)}`
    seen.set(value, seen.size)
    const isNamespace = types.isModuleNamespaceObject(value)
    const result = {
      is: `${isNamespace ? 'namespace' : Array.isArray(value) ? 'array' : typeof value} ${seen.get(value)}`,
    }
    for (const key of Reflect.ownKeys(value)
      .filter(key => typeof key === 'string')
      .sort()) {
      if (typeof value === 'function' && ['length', 'name', 'prototype', 'arguments', 'caller'].includes(key)) continue
      let part
      try {
        part = value[key]
        if (typeof part === 'function' && key.startsWith('lazy')) part = part()
      } catch (error) {
        part = `unreadable: ${describeError(error)}`
      }
      result[key] = await walk(part)
    }
    return result
  }
  return walk(root)
}

/** Does what a step asks for, one after the other. Answers with what each gave, and the log of evaluations. */
export async function observe(program, observations, clean, log, instances) {
  log.length = 0
  const results = []
  for (const { how, path } of observations) {
    let result
    try {
      const specifier =
        how === 'import' ? `./app${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}` : `./app${path}`
      const value = how === 'import' ? await program.import(specifier) : program.require(specifier)
      result = { value: await fingerprint(value, clean), same: instances?.get(`${how} ${path}`) === value }
      instances?.set(`${how} ${path}`, value)
    } catch (error) {
      result = { error: describeError(error), message: clean(String(error?.message)), same: false }
      instances?.delete(`${how} ${path}`)
    }
    results.push(result)
  }
  return { results, log: log.map(clean) }
}
