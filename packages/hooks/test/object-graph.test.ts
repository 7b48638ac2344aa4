import { AsyncLocalStorage } from 'node:async_hooks'
import { expect, it } from 'vitest'
import { Inspector } from '../src/node/inspector.ts'
import { ObjectWalk } from '../src/node/object-graph.ts'
import { Scripts } from '../src/node/scripts.ts'

/** The names under which a walk reaches objects from a value. */
function reachedFrom(value: object): string[] {
  const names: string[] = []
  const walk = new ObjectWalk<undefined>({
    scripts: new Scripts(),
    limit: 1000,
    visit: (_object, _owner, name) => names.push(name),
  })
  walk.add(value, undefined, 'value')
  Inspector.with(inspector => walk.run(inspector, Number.POSITIVE_INFINITY))
  return names
}

it('a walk does not enter the async context that a promise remembers: it would lead from every pool to everything', () => {
  const context = { secret: { hidden: [] } }
  const pool = new AsyncLocalStorage().run(context, () => ({ last: Promise.resolve(), free: [{}] }))
  // Node 22 keeps it so, on all versions.
  Object.assign(pool.last, { [Symbol('kResourceStore')]: context })
  const reached = reachedFrom(pool)
  expect(reached).toContain('free')
  expect(reached).not.toContain('secret')
  expect(reached).not.toContain('hidden')
})
