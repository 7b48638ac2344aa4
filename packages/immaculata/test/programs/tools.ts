/** The tools that programs are tried with, by their names, and the table of what was seen. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
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

/** Every tool that there may be a column for. */
const allTools = ['immaculata', 'node --watch', 'tsx watch', 'nodemon', 'bun --hot', 'vite-node --watch']

export type Cell = 'right, state kept' | 'right, restarted' | 'wrong' | '–'

export function cellOf({ wrong, kept }: Pick<Verdict, 'wrong' | 'kept'>): Cell {
  if (wrong !== undefined) return 'wrong'
  return kept ? 'right, state kept' : 'right, restarted'
}

/** What each tool got right: one row for each program, one column for each tool. */
export class Table {
  #tools: readonly string[]
  readonly #rows = new Map<string, Map<string, Cell>>()

  constructor(tools: readonly { readonly name: string }[]) {
    this.#tools = tools.map(({ name }) => name)
  }

  /** A row, with one cell for each tool. */
  add(program: string, cells: readonly Cell[]): void {
    console.log([program, ...cells].join(' · '))
    cells.forEach((cell, index) => void this.#set(program, this.#tools[index]!, cell))
  }

  #set(program: string, tool: string, cell: Cell): void {
    this.#rows.set(program, (this.#rows.get(program) ?? new Map()).set(tool, cell))
  }

  /** Takes over what earlier runs have seen of all tools, but for the programs and tools that were run anew. */
  addEarlier(path: string): void {
    this.#tools = allTools
    if (!existsSync(path)) return
    const earlier = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, Cell>>
    for (const [program, cells] of Object.entries(earlier)) {
      for (const [tool, cell] of Object.entries(cells)) {
        if (!this.#rows.get(program)?.has(tool)) this.#set(program, tool, cell)
      }
    }
  }

  keep(path: string): void {
    const cells = [...this.#rows].map(([program, row]) => [program, Object.fromEntries(row)] as const)
    writeFileSync(path, `${JSON.stringify(Object.fromEntries(cells), null, 2)}\n`)
  }

  get #sums(): string[] {
    return this.#tools.map(tool => {
      const cells = [...this.#rows.values()].flatMap(row => row.get(tool) ?? [])
      const kept = cells.filter(cell => cell === 'right, state kept').length
      const right = kept + cells.filter(cell => cell === 'right, restarted').length
      return `${right} of ${cells.length} right, ${kept} with state`
    })
  }

  print(): void {
    const sums = this.#sums
    console.log(this.#tools.map((name, index) => `${name}: ${sums[index]}`).join('\n'))
  }

  /** `head` is a title, and how the table came about. */
  write(path: string, head: string): void {
    const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
    const header = ['Program', ...this.#tools]
    const rows = [...this.#rows].map(([program, row]) => [program, ...this.#tools.map(tool => row.get(tool) ?? '–')])
    const lines = [header, header.map(() => '---'), ...rows, ['**In all**', ...this.#sums]]
    writeFileSync(path, `${head}\n\n${lines.map(line).join('\n')}\n`)
  }
}
