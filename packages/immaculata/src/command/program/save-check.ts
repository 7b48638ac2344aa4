/** Whether a save can be evaluated at all. Nothing of it is run to find out. */
import * as nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import type { StagedUpdate } from '@hot/hooks'

const wrapper = ['exports', 'require', 'module', '__filename', '__dirname']

/** Throws what Node would say of the staged modules: that one does not parse, link or resolve. */
export async function check(update: StagedUpdate): Promise<void> {
  const changed = new Set(update.changes.filter(({ kind }) => kind !== 'removed').map(({ path }) => path))
  for (const { module, loaded } of update.stale) {
    if (!loaded || !module.commonjs || module.tree !== update.tree || !changed.has(module.path)) continue
    const file = update.files.file(module.path)
    if (file) compile(fileURLToPath(module.id.replace(/[?#].*$/s, '')), file.text)
  }
  await update.link()
}

/** What V8 says of a CommonJS function body that may be an ES module by now: that is for Node to decide. */
const perhapsModule = /import statement outside a module|Unexpected token 'export'|import\.meta|await is only valid/

function compile(filename: string, text: string): void {
  if (filename.endsWith('.json')) {
    try {
      JSON.parse(text.replace(/^\uFEFF/, ''))
    } catch (error) {
      const { message } = error as SyntaxError
      throw Object.assign(error as SyntaxError, { message: `${filename}: ${message}` }) // as Node says it
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

/** `undefined` for what Node alone cannot strip: some compiler will be asked. */
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
