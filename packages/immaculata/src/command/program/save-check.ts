/** The check of a save: can it be evaluated at all? Nothing of it runs for that. */
import * as nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import type { StagedUpdate } from '@hot/hooks'

const wrapper = ['exports', 'require', 'module', '__filename', '__dirname']

/** Throws the error of Node if a staged module does not parse, link or resolve. */
export async function check(update: StagedUpdate): Promise<void> {
  const changed = new Set(update.changes.filter(({ kind }) => kind !== 'removed').map(({ path }) => path))
  for (const { module, loaded } of update.stale) {
    if (!loaded || !module.commonjs || module.tree !== update.tree || !changed.has(module.path)) continue
    const file = update.files.file(module.path)
    if (file) compile(fileURLToPath(module.id.replace(/[?#].*$/s, '')), file.text)
  }
  await update.link()
}

/** Errors of V8 for the text of a CommonJS module that may be an ES module by now: Node decides that. */
const perhapsModule = /import statement outside a module|Unexpected token 'export'|import\.meta|await is only valid/

function compile(filename: string, text: string): void {
  if (filename.endsWith('.json')) {
    try {
      JSON.parse(text.replace(/^\uFEFF/, ''))
    } catch (error) {
      const { message } = error as SyntaxError
      throw Object.assign(error as SyntaxError, { message: `${filename}: ${message}` }) // in Node's words
    }
    return
  }
  let source = text.replace(/^#!/, '//')
  const typescript = /\.c?ts$/.test(filename)
  if (!typescript && !/\.c?js$/.test(filename)) return
  if (typescript) {
    const stripped = strip(source)
    if (stripped === undefined) return
    source = stripped
  }
  try {
    compileFunction(source, wrapper, { filename })
  } catch (error) {
    if (!(error instanceof SyntaxError) || (!filename.endsWith('.cjs') && perhapsModule.test(error.message))) return
    throw error
  }
}

/** The text without types. `undefined` if Node alone cannot strip them: then a compiler does. */
function strip(source: string): string | undefined {
  const { stripTypeScriptTypes } = nodeModule as { stripTypeScriptTypes?(code: string): string }
  if (!stripTypeScriptTypes) return undefined
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(source)
  } catch {
    return undefined
  } finally {
    process.emitWarning = emitWarning
  }
}
