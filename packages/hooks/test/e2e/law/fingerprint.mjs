/**
 * A fingerprint: everything that a program can see of a value that `import()` or `require()` returned, as plain data, object
 * identities included. Both the process with the hooks and the one without use it, so it runs on every version of Node.
 */

import { fileURLToPath, pathToFileURL } from 'node:url'
import { types } from 'node:util'

/** Removes the folder and the version from a string. */
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

/** The globals that the modules of a test program use. `began` is called at the beginning of each evaluation. */
export function installGlobals(began = () => {}) {
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
    __start(where) {
      log.push(`start ${nameOf(where)}`)
      began(where)
    },
    __end: where => void log.push(`end ${nameOf(where)}`),
  })
  return log
}

/** A file name with its query and hash, from what a module knows about itself. */
export function nameOf(where) {
  if (!where.startsWith('file:')) return where
  const { search, hash } = new URL(where)
  return fileURLToPath(where) + search + hash
}

/** `still`: calls nothing that would import something now. */
export async function fingerprint(root, clean, still = false) {
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
        if (typeof part === 'function' && key.startsWith('lazy')) part = still ? 'lazy' : part()
      } catch (error) {
        part = `unreadable: ${describeError(error)}`
      }
      result[key] = await walk(part)
    }
    return result
  }
  return walk(root)
}

/** What a program outside of the tree gets when it imports a module. */
export function ask(program, { how, path, linked, query = '' }) {
  const folder = linked ? './link' : './app'
  if (how === 'require') return program.require(folder + path)
  return program.import(folder + encodeURI(path).replace(/[?#]/g, encodeURIComponent) + query)
}

/** A failed import may leave modules behind that are still waiting for something: they belong to this state, too. */
async function quiet(log) {
  for (let length = -1; length !== log.length; ) {
    length = log.length
    for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
  }
}

/**
 * Makes the imports of a step, one after the other. Returns what each of them gave (also without the parts that need a call), and the
 * log of evaluations.
 */
export async function observe(program, observations, clean, log, instances) {
  const results = []
  for (const observation of observations) {
    const name = JSON.stringify(observation)
    let result
    try {
      const value = await ask(program, observation)
      const still = instances && { value: await fingerprint(value, clean, true) }
      result = { value: await fingerprint(value, clean), still, same: instances?.get(name) === value }
      instances?.set(name, value)
    } catch (error) {
      const described = describeError(error)
      result = { error: described, message: clean(String(error?.message)), still: { error: described }, same: false }
      instances?.delete(name)
    }
    results.push(result)
  }
  await quiet(log)
  return { results, log: log.splice(0).map(clean) }
}
