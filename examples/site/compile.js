/** A load hook that compiles TypeScript and JSX with esbuild. It does not know of hot modules, nor they of it. */
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'

/**
 * @param {string} url
 * @param {object} context
 * @param {(url: string, context?: object) => any} nextLoad
 */
export function compile(url, context, nextLoad) {
  const file = /^file:.*\.tsx?(?=$|[?#])/.exec(url)?.[0]
  if (file === undefined) return nextLoad(url, context)
  const { source } = nextLoad(url, { ...context, format: 'module' })
  const { code } = transformSync(String(source), {
    loader: file.endsWith('x') ? 'tsx' : 'ts',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    sourcefile: fileURLToPath(file),
    sourcemap: 'inline',
  })
  return { format: 'module', source: code, shortCircuit: true }
}
