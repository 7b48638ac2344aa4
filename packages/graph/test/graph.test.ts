import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ModuleGraph } from '../src/index.ts'

const idsOf = (plan: readonly { id: string }[]) => plan.map(step => step.id)

/** Versions 1, 2, 3 and so on. */
function counting(): ModuleGraph {
  let last = 0
  return new ModuleGraph({ nextVersion: () => ++last })
}

describe('edges', () => {
  it('are listed in the order of recording, each once, from both ends', () => {
    const graph = new ModuleGraph()
    graph.addDependency('a', 'c')
    graph.addDependency('a', 'b')
    graph.addDependency('z', 'c')
    graph.addDependency('a', 'c')
    expect(graph.dependenciesOf('a')).toEqual(['c', 'b'])
    expect(graph.importersOf('c')).toEqual(['a', 'z'])
    expect(graph.dependenciesOf('unknown')).toEqual([])
    expect(graph.importersOf('unknown')).toEqual([])
  })

  it('are all replaced by setDependencies', () => {
    const graph = new ModuleGraph()
    graph.setDependencies('a', ['b', 'c'])
    graph.setDependencies('a', ['c', 'd'])
    expect(graph.dependenciesOf('a')).toEqual(['c', 'd'])
    expect(graph.importersOf('b')).toEqual([])
    expect([...graph.ids()].sort()).toEqual(['a', 'c', 'd'])
    expect(graph.size).toBe(3)
  })

  it('can be replaced by a list that is read from the graph meanwhile', () => {
    const graph = new ModuleGraph()
    graph.setDependencies('a', ['b', 'c'])
    graph.setDependencies('a', graph.dependenciesOf('a'))
    expect(graph.dependenciesOf('a')).toEqual(['b', 'c'])
    graph.setDependencies('ids', graph.ids())
    expect(graph.dependenciesOf('ids')).toEqual(['a', 'b', 'c'])
  })

  it('of a superseded evaluation stay in force until the next one records its first edge', () => {
    const graph = new ModuleGraph()
    graph.setDependencies('a', ['b', 'c'])
    graph.invalidate(['b'])
    expect(idsOf(graph.plan(['c']))).toEqual(['a', 'c'])
    graph.addDependency('a', 'd')
    expect(graph.dependenciesOf('a')).toEqual(['d'])
    graph.addDependency('a', 'b')
    expect(graph.dependenciesOf('a')).toEqual(['d', 'b'])
    expect(idsOf(graph.plan(['c']))).toEqual(['c'])
  })

  it('recorded with setDependencies after an invalidation are added to, not dropped, by addDependency', () => {
    const graph = new ModuleGraph()
    graph.addDependency('a', 'b')
    graph.invalidate(['b'])
    graph.setDependencies('a', [])
    graph.addDependency('a', 'c')
    graph.addDependency('a', 'd')
    expect(graph.dependenciesOf('a')).toEqual(['c', 'd'])
  })

  it('to a deleted module stay, and the edges from it go', () => {
    const graph = new ModuleGraph()
    graph.addDependency('a', 'b')
    graph.addDependency('b', 'c')
    graph.setVersion('b', 7)
    graph.delete('b')
    expect(graph.importersOf('b')).toEqual(['a'])
    expect(graph.importersOf('c')).toEqual([])
    expect(graph.version('b')).toBe(0)
    expect(idsOf(graph.plan(['b']))).toEqual(['a', 'b'])
  })

  it('of a module that imported only itself leave nothing behind, and nothing of others with them', () => {
    const graph = new ModuleGraph()
    graph.addDependency('', 'b')
    graph.addDependency('a', 'a')
    graph.setDependencies('a', [])
    expect([...graph.ids()]).toEqual(['', 'b'])
  })

  it('are the same from both ends, and as in a simple model, after any sequence of calls', () => {
    const id = fc.integer({ min: 0, max: 6 }).map(String)
    const call = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), id, to: fc.array(id, { minLength: 1, maxLength: 1 }) }),
      fc.record({ kind: fc.constant('set' as const), id, to: fc.array(id, { maxLength: 4 }) }),
      fc.record({ kind: fc.constantFrom('delete' as const, 'invalidate' as const), id, to: fc.constant([]) }),
    )
    fc.assert(
      fc.property(fc.array(call, { maxLength: 40 }), calls => {
        const graph = counting()
        const model = new Map<string, Set<string>>()
        const over = new Set<string>()
        for (const { kind, id, to } of calls) {
          if (kind === 'invalidate') {
            for (const step of graph.invalidate([id])) over.add(step.id)
            continue
          }
          if (kind === 'delete') graph.delete(id)
          else if (kind === 'set') graph.setDependencies(id, to)
          else graph.addDependency(id, to[0]!)
          const kept = kind === 'add' && !over.has(id) ? (model.get(id) ?? []) : []
          model.set(id, new Set([...kept, ...to]))
          over.delete(id)
        }
        for (let at = 0; at < 7; at++) {
          const id = String(at)
          expect(graph.dependenciesOf(id)).toEqual([...(model.get(id) ?? [])])
          const importers = [...model].filter(([, to]) => to.has(id)).map(([from]) => from)
          expect([...graph.importersOf(id)].sort()).toEqual(importers.sort())
        }
        const known = [...graph.ids()]
        for (const id of known) {
          const links = graph.dependenciesOf(id).length + graph.importersOf(id).length
          expect(links + graph.version(id)).toBeGreaterThan(0)
        }
        expect(graph.size).toBe(known.length)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('versions', () => {
  it('are 0 until assigned, and new for exactly what is stale', () => {
    const graph = counting()
    graph.addDependency('a', 'b')
    graph.addDependency('x', 'y')
    expect(graph.version('a')).toBe(0)
    expect(idsOf(graph.invalidate(['b']))).toEqual(['a', 'b'])
    expect(['a', 'b', 'x', 'y', 'unknown'].map(id => graph.version(id))).toEqual([1, 2, 0, 0, 0])
  })

  it('are not touched by a plan', () => {
    const graph = counting()
    graph.addDependency('a', 'b')
    graph.plan(['b'])
    expect(graph.version('b')).toBe(0)
    graph.addDependency('a', 'c')
    expect(graph.dependenciesOf('a')).toEqual(['b', 'c'])
  })

  it('are given to unknown ids too', () => {
    const graph = counting()
    graph.invalidate(['new'])
    expect(graph.version('new')).toBe(1)
    expect([...graph.ids()]).toEqual(['new'])
  })

  it('strictly increase across all graphs of the process, also beyond a version that came from elsewhere', () => {
    const one = new ModuleGraph()
    const two = new ModuleGraph()
    const seen: number[] = []
    for (let at = 0; at < 50; at++) {
      one.invalidate(['a'])
      two.invalidate(['a'])
      seen.push(one.version('a'), two.version('a'))
    }
    one.setVersion('a', two.version('a') + 1000)
    two.invalidate(['a'])
    seen.push(one.version('a'), two.version('a'))
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b))
    expect(seen[0]).toBeGreaterThan(Date.UTC(2025, 0))
  })

  it('are whole numbers', () => {
    const graph = new ModuleGraph()
    for (const wrong of [Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY]) {
      expect(() => graph.setVersion('a', wrong)).toThrow(RangeError)
    }
    expect(graph.size).toBe(0)
  })
})

describe('accept', () => {
  it('is undone by its remover, once for each call', () => {
    const graph = new ModuleGraph()
    graph.addDependency('a', 'b')
    const first = graph.accept('a', 'b')
    const second = graph.accept('a', 'b')
    first()
    first()
    expect(idsOf(graph.plan(['b']))).toEqual(['b'])
    second()
    expect(idsOf(graph.plan(['b']))).toEqual(['a', 'b'])
  })

  it('ends with the evaluation, and its remover leaves the next evaluation alone', () => {
    const graph = new ModuleGraph()
    graph.addDependency('a', 'b')
    const remove = graph.accept('a', 'b')
    graph.invalidate(['a'])
    expect(idsOf(graph.plan(['b']))).toEqual(['a', 'b'])
    graph.addDependency('a', 'b')
    graph.accept('a', 'b')
    remove()
    expect(idsOf(graph.plan(['b']))).toEqual(['b'])
  })

  it('leaves nothing behind when it is undone', () => {
    const graph = new ModuleGraph()
    graph.accept('a', 'b')()
    expect(graph.size).toBe(0)
  })
})
