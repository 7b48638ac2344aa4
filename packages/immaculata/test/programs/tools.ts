/** The tools that programs are tried with, by their names, and the table of what was seen. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeOfLine } from '../../../../.ci/nodes.ts'
import { peers } from '../../bench/adapter.ts'
import { installPeers } from '../../bench/peers.ts'
import { command } from '../asking.ts'
import type { Tool, Verdict } from './hot-and-cold.ts'

/** Finds the tools, and installs them if one is not Node's and not ours. */
export function toolsOf(names: readonly string[], line: string): Tool[] {
  if (names.some(name => !['immaculata', 'node'].includes(name))) installPeers()
  const { binary } = nodeOfLine(line)
  return names.map(name => toolOf(name, binary))
}

function toolOf(name: string, node: string): Tool {
  const installed = (file: string) => {
    const path = join(peers, 'node_modules', file)
    if (!existsSync(path)) throw new Error(`${name} is not installed: there is no ${path}`)
    return path
  }
  switch (name) {
    case 'immaculata':
      return { name, node, arguments: [command] }
    case 'node':
      return { name: 'node --watch', node, arguments: ['--watch'] }
    case 'tsx':
      return { name: 'tsx watch', node, arguments: [installed('tsx/dist/cli.mjs'), 'watch'] }
    case 'nodemon':
      return { name, node, arguments: [installed('nodemon/bin/nodemon.js'), '--quiet', '--ext', '*'] }
    case 'vite-node':
      return { name: 'vite-node --watch', node, arguments: [installed('vite-node/dist/cli.mjs'), '--watch'] }
    case 'bun':
      return { name: 'bun --hot', node: installed('bun/bin/bun.exe'), arguments: ['--hot'] }
    default:
      throw new Error(`there is no tool ${name}: immaculata, node, tsx, nodemon, vite-node, bun`)
  }
}

export type Cell = 'right, state kept' | 'right, restarted' | 'wrong' | '–'

export function cellOf({ wrong, kept }: Pick<Verdict, 'wrong' | 'kept'>): Cell {
  if (wrong !== undefined) return 'wrong'
  return kept ? 'right, state kept' : 'right, restarted'
}

/** What each tool got right: one row for each program, one column for each tool. */
export class Table {
  readonly #tools: readonly Tool[]
  readonly #rows: [string, ...Cell[]][] = []

  constructor(tools: readonly Tool[]) {
    this.#tools = tools
  }

  add(program: string, cells: readonly Cell[]): void {
    this.#rows.push([program, ...cells])
    console.log([program, ...cells].join(' · '))
  }

  get sums(): string[] {
    return this.#tools.map((_, index) => {
      const right = this.#count(index + 1, ['right, state kept', 'right, restarted'])
      return `${right} of ${this.#rows.length} right, ${this.#count(index + 1, ['right, state kept'])} with state`
    })
  }

  print(): void {
    const { sums } = this
    console.log(this.#tools.map(({ name }, index) => `${name}: ${sums[index]}`).join('\n'))
  }

  /** `head` is a title, and how the table came about. */
  write(path: string, head: string): void {
    const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
    const header = ['Program', ...this.#tools.map(({ name }) => name)]
    const rows = [header, header.map(() => '---'), ...this.#rows, ['**In all**', ...this.sums]]
    writeFileSync(path, `${head}\n\n${rows.map(line).join('\n')}\n`)
  }

  #count(column: number, wanted: readonly string[]): number {
    return this.#rows.filter(row => wanted.includes(row[column]!)).length
  }
}
