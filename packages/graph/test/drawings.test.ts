import { describe, expect, it } from 'vitest'
import { ModuleGraph } from '../src/index.ts'

function program(): ModuleGraph {
  const graph = new ModuleGraph()
  graph.setDependencies('server.js', ['routes.js', 'jobs.js'])
  graph.setDependencies('routes.js', ['db.js'])
  return graph
}

describe('toMermaid', () => {
  it('draws each module once, with an arrow from the importer to the dependency', () => {
    expect(program().toMermaid()).toBe(`flowchart LR
  m0["server.js"]
  m1["routes.js"]
  m2["jobs.js"]
  m3["db.js"]
  m0 --> m1
  m0 --> m2
  m1 --> m3
`)
  })

  it('emphasizes the modules that are marked, and ignores those that are not drawn', () => {
    expect(program().toMermaid({ ids: ['routes.js', 'db.js'], marked: ['db.js', 'server.js', 'unknown'] })).toBe(
      `flowchart LR
  m0["routes.js"]
  m1["db.js"]
  m0 --> m1
  classDef marked stroke-width:3px
  class m1 marked
`,
    )
  })

  it('takes the text of a module from name(), and escapes what Mermaid would read', () => {
    const graph = new ModuleGraph()
    graph.setDependencies('a', [])
    graph.addDependency('a', 'a')
    expect(graph.toMermaid({ name: id => `${id}"#<b>\n\`` })).toBe(
      'flowchart LR\n  m0["a#34;#35;#60;b#62;#10;#96;"]\n  m0 --> m0\n',
    )
  })

  it('draws an empty graph', () => {
    expect(new ModuleGraph().toMermaid()).toBe('flowchart LR\n')
  })
})

describe('toDot', () => {
  it('draws a digraph with escaped labels and marked modules', () => {
    const graph = new ModuleGraph()
    graph.setDependencies('a"\\', ['b\nc'])
    expect(graph.toDot({ marked: ['b\nc'] })).toBe(`digraph modules {
  rankdir=LR
  node [shape=box]
  m0 [label="a\\"\\\\"]
  m1 [label="b\\nc", style=bold]
  m0 -> m1
}
`)
  })
})

describe('toJSON', () => {
  it('gives each module with its version and its dependencies, and is what JSON.stringify writes', () => {
    const graph = program()
    graph.setVersion('db.js', 7)
    const data = graph.toJSON()
    expect(data).toEqual({
      modules: [
        { id: 'server.js', version: 0, dependencies: ['routes.js', 'jobs.js'] },
        { id: 'routes.js', version: 0, dependencies: ['db.js'] },
        { id: 'jobs.js', version: 0, dependencies: [] },
        { id: 'db.js', version: 7, dependencies: [] },
      ],
    })
    expect(JSON.parse(JSON.stringify({ graph }))).toEqual({ graph: data })
  })

  it('does not change when the graph does', () => {
    const graph = program()
    const before = graph.toJSON()
    graph.delete('server.js')
    expect(before.modules[0]).toEqual({ id: 'server.js', version: 0, dependencies: ['routes.js', 'jobs.js'] })
  })
})
