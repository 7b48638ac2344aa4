/** The files of a test program: lists of statements, so that a failing program can be made smaller, and their text. */

export type Kind =
  | 'star'
  | 'named'
  | 'default'
  | 'reexport all'
  | 'reexport named'
  | 'bare'
  | 'dynamic'
  | 'floating'
  | 'lazy'
  | 'json'
  | 'dynamic json'
  | 'require'
  | 'try require'
  | 'lazy require'
  | 'import.meta.resolve'
  | 'require.resolve'
  | 'await'
  | 'slow'
  | 'reject'
  | 'default export'
  | 'module.exports'
  | '__esModule'
  | 'own name'
  | 'sum'
  | 'throw'
  | 'syntax error'

export interface Statement {
  readonly kind: Kind
  readonly specifier?: string
  /** The export that is imported. */
  readonly name?: string
}

export interface Source {
  readonly style: 'esm' | 'cjs' | 'json' | 'raw'
  /** Distinguishes one content of a file from another. */
  readonly serial: number
  readonly statements: readonly Statement[]
  /** The text, if it is not what the statements say. */
  readonly raw?: string
}

export const has = (source: Source, kind: Kind): boolean => source.statements.some(statement => statement.kind === kind)

export function render(source: Source, path: string): string {
  if (source.raw !== undefined) return source.raw
  if (source.style === 'json') {
    return has(source, 'syntax error') ? `{ "v": "${source.serial}", }` : `{ "v": "${source.serial}" }\n`
  }
  const lines = source.style === 'esm' ? esm(source, /ts$/.test(path)) : cjs(source)
  return `${lines.join('\n')}\n`
}

/** A name that only the file at this path exports, if it exports it. */
export const ownName = (path: string): string => `only${path.replace(/\W/g, '_')}`

const createRequire = `process.getBuiltinModule('node:module').createRequire(import.meta.url)`

function esm({ statements, serial }: Source, typescript: boolean): string[] {
  const lines = [`__start(import.meta.url)`, `export const v${typescript ? ': string' : ''} = 'v${serial}'`]
  statements.forEach(({ kind, specifier, name }, index) => {
    const s = JSON.stringify(specifier)
    const d = `d${index}`
    const line: Record<Kind, string> = {
      star: `import * as ${d} from ${s}; export { ${d} }`,
      named: `import { ${name} as ${d} } from ${s}; export { ${d} }`,
      default: `import ${d} from ${s}; export { ${d} }`,
      'reexport all': `export * from ${s}`,
      'reexport named': `export { ${name} as ${d} } from ${s}`,
      bare: `import ${s}`,
      dynamic: `export const ${d} = await import(${s}).catch(__caught)`,
      floating: `export const ${d} = import(${s}).catch(__caught)`,
      lazy: `export const lazy${index} = () => import(${s}).catch(__caught)`,
      json: `import ${d} from ${s} with { type: 'json' }; export { ${d} }`,
      'dynamic json': `export const ${d} = await import(${s}, { with: { type: 'json' } }).catch(__caught)`,
      require: `export const ${d} = ${createRequire}(${s})`,
      'try require': `export const ${d} = __try(() => ${createRequire}(${s}))`,
      'lazy require': `export const lazy${index} = () => __try(() => ${createRequire}(${s}))`,
      'import.meta.resolve': `export const ${d} = __try(() => import.meta.resolve(${s}))`,
      'require.resolve': `export const ${d} = __try(() => ${createRequire}.resolve(${s}))`,
      await: 'await null',
      slow: 'await new Promise(resolve => setTimeout(resolve, 2))',
      reject: `await Promise.reject(new Error('rejected by ${serial}'))`,
      'default export': `export default { default: ${serial} }`,
      'module.exports': `const ${d} = { exports: ${serial} }; export { ${d} as 'module.exports' }`,
      __esModule: 'export const __esModule = true',
      'own name': `export const ${name}${typescript ? ': number' : ''} = ${serial}`,
      sum: `export const ${d} = [${sum(statements, index)}].map(m => String(m?.v ?? m?.default?.v))`,
      throw: `throw new Error('thrown by ${serial}')`,
      'syntax error': 'const = 1',
    }
    lines.push(line[kind])
  })
  lines.push('__end(import.meta.url)')
  return lines
}

/** The names that are bound before a statement. */
function sum(statements: readonly Statement[], before: number): string {
  const names: string[] = []
  statements.slice(0, before).forEach(({ kind }, index) => {
    if (['star', 'default', 'dynamic', 'json', 'require', 'try require'].includes(kind)) names.push(`d${index}`)
  })
  return names.join(', ')
}

function cjs({ statements, serial }: Source): string[] {
  const lines = [`__start(__filename)`, `exports.v = 'v${serial}'`]
  statements.forEach(({ kind, specifier, name }, index) => {
    const s = JSON.stringify(specifier)
    const d = `exports.d${index}`
    const line: Partial<Record<Kind, string>> = {
      floating: `${d} = import(${s}).catch(__caught)`,
      lazy: `exports.lazy${index} = () => import(${s}).catch(__caught)`,
      require: `${d} = require(${s})`,
      'try require': `${d} = __try(() => require(${s}))`,
      'lazy require': `exports.lazy${index} = () => __try(() => require(${s}))`,
      'require.resolve': `${d} = __try(() => require.resolve(${s}))`,
      'module.exports': `module.exports = Object.assign(() => {}, exports)`,
      __esModule: `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = ${serial}`,
      'own name': `exports.${name} = ${serial}`,
      'reexport all': `Object.assign(exports, require(${s}))`,
      sum: `exports.s${index} = Object.entries(exports).map(([key, m]) => key[0] === 'd' ? String(m?.v ?? m?.default?.v) : 0)`,
      throw: `throw new Error('thrown by ${serial}')`,
      'syntax error': 'const = 1',
    }
    lines.push(line[kind] ?? '')
  })
  lines.push('__end(__filename)')
  return lines
}
