/** The graph as text that other tools draw or read: Mermaid, Graphviz, JSON. */
import type { ModuleGraph } from './graph.ts'

export interface DrawingOptions {
  /** The modules to draw, with the edges among them. Default: all that are known. */
  ids?: Iterable<string>
  /** The text for a module. Default: its id. */
  name?(id: string): string
  /** The modules to emphasize: those of a plan, for example. */
  marked?: Iterable<string>
}

/** The whole graph as plain data. */
export interface GraphData {
  readonly modules: readonly {
    readonly id: string
    /** 0 if it never got one. */
    readonly version: number
    /** The ids that it imports, in the order of recording. */
    readonly dependencies: readonly string[]
  }[]
}

export function toData(graph: ModuleGraph): GraphData {
  const modules = [...graph.ids()].map(id => ({
    id,
    version: graph.version(id),
    dependencies: graph.dependenciesOf(id),
  }))
  return { modules }
}

/** A flowchart in Mermaid's language: GitHub and many editors draw it. Edges lead from importers to dependencies. */
export function toMermaid(graph: ModuleGraph, options: DrawingOptions): string {
  const { nodes, edges, marked } = read(graph, options)
  const lines = ['flowchart LR']
  for (const [number, { text }] of nodes.entries()) lines.push(`  m${number}["${mermaidText(text)}"]`)
  for (const [importer, dependency] of edges) lines.push(`  m${importer} --> m${dependency}`)
  if (marked.length > 0) {
    lines.push('  classDef marked stroke-width:3px', `  class ${marked.map(number => `m${number}`).join(',')} marked`)
  }
  return `${lines.join('\n')}\n`
}

/** A digraph in Graphviz's language: `dot -Tsvg` draws it. Edges lead from importers to dependencies. */
export function toDot(graph: ModuleGraph, options: DrawingOptions): string {
  const { nodes, edges, marked } = read(graph, options)
  const bold = new Set(marked)
  const lines = ['digraph modules {', '  rankdir=LR', '  node [shape=box]']
  for (const [number, { text }] of nodes.entries()) {
    lines.push(`  m${number} [label="${dotText(text)}"${bold.has(number) ? ', style=bold' : ''}]`)
  }
  for (const [importer, dependency] of edges) lines.push(`  m${importer} -> m${dependency}`)
  return `${lines.join('\n')}\n}\n`
}

interface Drawing {
  readonly nodes: readonly { readonly text: string }[]
  /** Importer and dependency, by their places in `nodes`. */
  readonly edges: readonly (readonly [number, number])[]
  /** Places in `nodes`. */
  readonly marked: readonly number[]
}

function read(graph: ModuleGraph, { ids = graph.ids(), name = id => id, marked = [] }: DrawingOptions): Drawing {
  const places = new Map([...new Set(ids)].map((id, place) => [id, place]))
  const edges: [number, number][] = []
  for (const [importer, place] of places) {
    for (const dependency of graph.dependenciesOf(importer)) {
      const to = places.get(dependency)
      if (to !== undefined) edges.push([place, to])
    }
  }
  return {
    nodes: [...places.keys()].map(id => ({ text: name(id) })),
    edges,
    marked: [...new Set(marked)].flatMap(id => places.get(id) ?? []),
  }
}

/** Mermaid writes characters of its own language by their numbers. */
function mermaidText(text: string): string {
  return text.replace(/["#<>&`\\]|\p{Cc}/gu, character => `#${character.codePointAt(0)};`)
}

function dotText(text: string): string {
  return text.replace(/[\\"]/g, '\\$&').replace(/\r?\n/g, '\\n')
}
