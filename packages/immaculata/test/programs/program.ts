/** Small programs of real packages, and what is edited in them. After each edit, a fresh process says what is right. */

/** A file's text, or what it is at its first, second, … version. */
export type Text = string | ((version: number) => string)

export interface Edit {
  /** The file that is saved. */
  readonly file: string
  /** Its new text; `null` removes it. Without one, the file gets its next version. */
  readonly text?: string | null
  /** How many versions are saved in a row, with no time in between. Default: one. */
  readonly times?: number
}

export interface Program {
  readonly name: string
  readonly files: Readonly<Record<string, Text>>
  readonly edits: readonly Edit[]
  /** The file that is run. Default: `server.js`. */
  readonly entry?: string
  /** Flags in front of it. */
  readonly flags?: readonly string[]
  /** What is asked for. Default: `/`. */
  readonly paths?: readonly string[]
  /** A new process is fair: what was left cannot be taken back, because a package, a builtin or the process holds it. */
  readonly mayRestart?: boolean
}

/** The same file, saved again and again. */
export const saves = (file: string, times = 3): Edit[] => Array.from({ length: times }, () => ({ file }))

/** What starts a server where it is asked for. */
export const listen = `.listen(Number(process.env.PORT), '127.0.0.1')`

/** Tells which evaluation of this module is alive: every program has it, nothing edits it, and its state has to be kept. */
export const keptModule = 'export const kept = String(Math.random())\n'

/** A plain server around an expression, for packages that are no servers themselves. */
export function answering(imports: string, expression: string, statements = ''): string {
  return `import { createServer } from 'node:http'
import { kept } from './kept.js'
${imports}

${statements}

createServer(async (request, response) => {
  if (request.url === '/kept') return response.end(kept)
  try {
    response.end(JSON.stringify(await (${expression})))
  } catch (error) {
    response.end('failed: ' + error.message)
  }
})${listen}
`
}

/** The same in CommonJS. */
export function answeringCommonJS(requires: string, expression: string, statements = ''): string {
  return `const { createServer } = require('node:http')
const { kept } = require('./kept.js')
${requires}

${statements}

createServer(async (request, response) => {
  if (request.url === '/kept') return response.end(kept)
  response.end(JSON.stringify(await (${expression})))
})${listen}
`
}

/** What makes a program a CommonJS one. */
export const commonJS = { 'package.json': '{}', 'kept.js': 'exports.kept = String(Math.random())\n' }
