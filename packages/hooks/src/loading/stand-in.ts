/**
 * What stands for a CommonJS or JSON module while a link check links the ES modules that import it. Node knows these modules by
 * their files' names, and other hooks and compilers open them: so neither gets to see them, and nothing of theirs is run.
 */
import type { TreeFile } from '@hot/tree'
import type { HotModule } from '../modules/module.ts'
import { loadedExports } from '../node/require-cache.ts'
import { generated } from './generated-code.ts'

/** An ES module with the names that the staged text seems to export; JSON has to parse. Throws Node's error if it does not. */
export function standInFor(module: HotModule, file: TreeFile): string {
  if (file.path.endsWith('.json')) parseJson(module.filename, file.text)
  const names = new Set(['default', 'module.exports', ...namesIn(file.text), ...namesOfLoaded(module)])
  const exports = [...names].map(name => `_ as ${JSON.stringify(name)}`)
  return `const _ = 0; export { ${exports.join(', ')} }\n//# sourceURL=${generated}`
}

function parseJson(filename: string, text: string): void {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    ;(error as Error).message = `${filename}: ${(error as Error).message}`
    throw error
  }
}

/** As `cjs-module-lexer` would find them, more or less: what is missing here is for the evaluation to say. */
function namesIn(text: string): string[] {
  const assigned = text.matchAll(/\bexports\s*(?:\.\s*([\w$]+)|\[\s*['"]([^'"\\\n]+)['"]\s*\])\s*=/g)
  const defined = text.matchAll(/\bdefineProperty\(\s*(?:module\s*\.\s*)?exports\s*,\s*['"]([^'"\\\n]+)['"]/g)
  return [...assigned, ...defined].map(match => match[1] ?? match[2]!)
}

function namesOfLoaded(module: HotModule): string[] {
  const exports = module.commonjs ? loadedExports(module.filename)?.exports : undefined
  return exports !== null && typeof exports === 'object'
    ? Object.keys(exports).filter(name => !/\p{Surrogate}/u.test(name))
    : []
}
