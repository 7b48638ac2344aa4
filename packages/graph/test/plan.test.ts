import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ModuleGraph } from '../src/index.ts'

/** `{ a: 'b c' }`: a imports b and c. */
function graphOf(imports: Record<string, string>): ModuleGraph {
  const graph = new ModuleGraph()
  for (const [importer, dependencies] of Object.entries(imports)) {
    graph.setDependencies(importer, dependencies.split(' ').filter(Boolean))
  }
  return graph
}

describe('plan', () => {
  it('puts importers before their dependencies, each with the chain that explains it', () => {
    const graph = graphOf({ server: 'routes', routes: 'db', jobs: 'other' })
    expect(graph.plan(['db'])).toStrictEqual([
      { id: 'server', chain: ['db', 'routes', 'server'] },
      { id: 'routes', chain: ['db', 'routes'] },
      { id: 'db', chain: ['db'] },
    ])
  })

  it('names each module once in a diamond', () => {
    const graph = graphOf({ top: 'left right', left: 'bottom', right: 'bottom' })
    expect(graph.plan(['bottom']).map(step => step.id)).toEqual(['top', 'left', 'right', 'bottom'])
  })

  it('gives a changed id a chain of itself alone, even if another changed id would explain it', () => {
    const graph = graphOf({ a: 'b' })
    expect(graph.plan(['b', 'a', 'b'])).toStrictEqual([
      { id: 'a', chain: ['a'] },
      { id: 'b', chain: ['b'] },
    ])
  })

  it('explains a module by a shortest chain', () => {
    const graph = graphOf({ top: 'long1 short', long1: 'long2', long2: 'leaf', short: 'leaf' })
    expect(graph.plan(['leaf'])[0]).toStrictEqual({ id: 'top', chain: ['leaf', 'short', 'top'] })
  })

  it('plans an unknown id, and does not remember it', () => {
    const graph = graphOf({ a: 'b' })
    expect(graph.plan(['new'])).toStrictEqual([{ id: 'new', chain: ['new'] }])
    expect([...graph.ids()]).toEqual(['a', 'b'])
  })

  it('makes the importer of a missing module stale when that module appears', () => {
    const graph = graphOf({ a: 'missing' })
    expect(graph.plan(['missing']).map(step => step.id)).toEqual(['a', 'missing'])
  })

  it('ends in a cycle, and on a module that imports itself', () => {
    const graph = graphOf({ top: 'a', a: 'b', b: 'c a', c: 'a', self: 'self' })
    expect(graph.plan(['c']).map(step => step.id)[0]).toBe('top')
    expect(new Set(graph.plan(['c']).map(step => step.id))).toEqual(new Set(['top', 'a', 'b', 'c']))
    expect(graph.plan(['self'])).toHaveLength(1)
  })

  it('rejects a string where a list of ids is meant', () => {
    expect(() => new ModuleGraph().plan('abc')).toThrow(TypeError)
  })

  it('needs no stack for a line of 100,000 imports, and no memory for chains that nobody reads', () => {
    const graph = new ModuleGraph()
    for (let i = 0; i < 100_000; i++) graph.addDependency(`m${i}`, `m${i + 1}`)
    const plan = graph.plan(['m100000'])
    expect(plan).toHaveLength(100_001)
    expect(plan[0]!.id).toBe('m0')
    expect(plan[0]!.chain).toHaveLength(100_001)
    expect(plan[0]!.chain[0]).toBe('m100000')
    expect(plan[0]!.chain.at(-1)).toBe('m0')
    expect(plan.at(-1)).toEqual({ id: 'm100000', chain: ['m100000'] })
  })

  it('visits each module of a ladder of 1,000 diamonds once, although there are 2^1000 ways up', () => {
    const graph = new ModuleGraph()
    for (let i = 0; i < 1000; i++) {
      graph.setDependencies(`n${i}`, [`l${i}`, `r${i}`])
      graph.setDependencies(`l${i}`, [`n${i + 1}`])
      graph.setDependencies(`r${i}`, [`n${i + 1}`])
    }
    expect(graph.plan(['n1000'])).toHaveLength(3001)
  })

  it('keeps the chains of a plan as they were, whatever happens to the graph afterwards', () => {
    const graph = graphOf({ a: 'b', b: 'c' })
    const plan = graph.plan(['c'])
    for (const id of ['a', 'b', 'c']) graph.delete(id)
    expect(plan[0]!.chain).toEqual(['c', 'b', 'a'])
  })
})

describe('boundaries', () => {
  it('stop a change before the importer that accepts it, and only there', () => {
    const graph = graphOf({ main: 'app', app: 'view model', other: 'view' })
    graph.accept('app', 'view')
    const plan = graph.plan(['view'])
    expect(plan.map(step => step.id)).toEqual(['other', 'view'])
    expect(graph.boundaries(plan)).toEqual([{ importer: 'app', dependency: 'view' }])
    expect(graph.plan(['model']).map(step => step.id)).toEqual(['main', 'app', 'model'])
    expect(graph.boundaries(graph.plan(['model']))).toEqual([])
  })

  it('stop a change at a module that accepts itself: it is stale, and its importers are not', () => {
    const graph = graphOf({ main: 'view', view: 'style' })
    graph.accept('view', 'view')
    const plan = graph.plan(['style'])
    expect(plan.map(step => step.id)).toEqual(['view', 'style'])
    expect(graph.boundaries(plan)).toEqual([{ importer: 'view', dependency: 'view' }])
  })

  it('include a self-accepting module that nobody imports', () => {
    const graph = graphOf({ entry: 'a' })
    graph.accept('entry', 'entry')
    expect(graph.boundaries(graph.plan(['a']))).toEqual([{ importer: 'entry', dependency: 'entry' }])
  })

  it('leave out an importer that is stale for another reason, and the plan still puts it first', () => {
    const graph = graphOf({ app: 'view model', view: 'model' })
    graph.accept('app', 'view')
    const plan = graph.plan(['view', 'model'])
    expect(plan.map(step => step.id)).toEqual(['app', 'view', 'model'])
    expect(graph.boundaries(plan)).toEqual([])
  })

  it('leave out a self-accepting module if, and only if, all of its importers are stale', () => {
    const graph = graphOf({ one: 'self', two: 'self' })
    graph.accept('self', 'self')
    expect(graph.boundaries(graph.plan(['self', 'one']))).toEqual([{ importer: 'self', dependency: 'self' }])
    expect(graph.boundaries(graph.plan(['self', 'one', 'two']))).toEqual([])
  })

  it('are sorted importers first, whichever change they belong to', () => {
    const graph = graphOf({ inner: 'a', outer: 'between b', between: 'inner' })
    graph.accept('inner', 'a')
    graph.accept('outer', 'b')
    for (const ids of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      expect(graph.boundaries(graph.plan(ids)).map(boundary => boundary.importer)).toEqual(['outer', 'inner'])
    }
  })

  it('are still known for a plan that invalidate returned, although the accepting evaluation is over', () => {
    const graph = graphOf({ main: 'self' })
    graph.accept('self', 'self')
    expect(graph.boundaries(graph.invalidate(['self']))).toEqual([{ importer: 'self', dependency: 'self' }])
    expect(graph.plan(['self']).map(step => step.id)).toEqual(['main', 'self'])
  })
})

describe('against a naive oracle', () => {
  const id = fc.integer({ min: 0, max: 9 }).map(String)
  const pair = fc.tuple(id, id)

  it('finds exactly what is reachable, in order, with shortest chains, and the boundaries that stopped it', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 25 }), fc.array(pair, { maxLength: 5 }), fc.uniqueArray(id), check),
      { numRuns: 2000 },
    )
  })

  function check(edges: [string, string][], accepts: [string, string][], changed: string[]): void {
    const graph = new ModuleGraph()
    for (const [importer, dependency] of edges) graph.addDependency(importer, dependency)
    for (const [importer, dependency] of accepts) graph.accept(importer, dependency)
    const accepted = (i: string, d: string) => accepts.some(([a, b]) => a === i && b === d)
    const importers = (d: string) => edges.filter(([, to]) => to === d).map(([from]) => from)
    const passes = (d: string, i: string) => !accepted(d, d) && !accepted(i, d)

    const distance = new Map(changed.map(id => [id, 0]))
    for (let grown = true; grown; ) {
      grown = false
      for (const [i, d] of edges) {
        const far = distance.get(d)
        if (far === undefined || !passes(d, i) || (distance.get(i) ?? Infinity) <= far + 1) continue
        distance.set(i, far + 1)
        grown = true
      }
    }

    const plan = graph.plan(changed)
    expect(graph.plan(changed)).toEqual(plan)
    expect(plan.map(step => step.id).sort()).toEqual([...distance.keys()].sort())
    for (const { id, chain } of plan) {
      expect(chain).toHaveLength(distance.get(id)! + 1)
      expect(changed).toContain(chain[0])
      expect(chain.at(-1)).toBe(id)
      for (let at = 1; at < chain.length; at++) {
        expect(importers(chain[at - 1]!)).toContain(chain[at])
        expect(passes(chain[at - 1]!, chain[at]!)).toBe(true)
      }
    }

    const place = new Map(plan.map((step, at) => [step.id, at]))
    const above = (from: string, among: (id: string) => boolean) => {
      const seen = new Set<string>()
      const left = [from]
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        for (const i of importers(next)) {
          if (seen.has(i) || !among(i)) continue
          seen.add(i)
          left.push(i)
        }
      }
      return seen
    }
    const stale = (id: string) => place.has(id)
    for (const [i, d] of edges) {
      if (!stale(i) || !stale(d) || above(i, stale).has(d)) continue
      expect(place.get(i)!).toBeLessThan(place.get(d)!)
    }

    const expected = new Set<string>()
    for (const d of distance.keys()) {
      const others = importers(d).filter(i => i !== d)
      if (accepted(d, d)) {
        if (others.length === 0 || others.some(i => !stale(i))) expected.add(`${d} ${d}`)
      } else {
        for (const i of others) if (!stale(i) && accepted(i, d)) expected.add(`${i} ${d}`)
      }
    }
    const boundaries = graph.boundaries(plan)
    expect(boundaries.map(b => `${b.importer} ${b.dependency}`).sort()).toEqual([...expected].sort())
    boundaries.forEach((boundary, at) => {
      for (const later of boundaries.slice(at + 1)) {
        const upward = above(boundary.importer, () => true).has(later.importer)
        if (upward)
          expect(above(later.importer, () => true).has(boundary.importer) || later.importer === boundary.importer).toBe(
            true,
          )
      }
    })
  }
})
