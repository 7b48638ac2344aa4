/** What V8 says of a text: whether it can be a CommonJS module, and whether only an ES module may look like it. */
import { compileFunction } from 'node:vm'

/** What V8 says of a CommonJS function body that can only be an ES module (`src/node_contextify.cc` in Node). */
const onlyInModules =
  /Cannot use import statement outside a module|Unexpected token 'export'|Cannot use 'import\.meta' outside a module/
const onlyNotInCommonJS =
  /Identifier '(?:__filename|__dirname|module|exports|require)' has already been declared|await is only valid in async functions and the top level bodies of modules|Unexpected reserved word/
const wrapper = ['exports', 'require', 'module', '__filename', '__dirname']

/** Whether a JavaScript text is an ES module by its syntax, as Node detects it where nothing else tells. */
export function hasModuleSyntax(text: string): boolean {
  const error = compileError(text, wrapper)
  if (error === undefined) return false
  if (onlyInModules.test(error)) return true
  // A top-level await or an own `require`: a module if it compiles as the body of an async function.
  return onlyNotInCommonJS.test(error) && compileError(`(async function() {${text}\n})`, []) === undefined
}

/** Whether a text parses as CommonJS. */
export const isScript = (text: string): boolean => compileError(text, wrapper) === undefined

function compileError(text: string, parameters: string[]): string | undefined {
  try {
    compileFunction(text, parameters)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
