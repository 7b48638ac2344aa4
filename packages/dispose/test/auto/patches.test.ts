import { expect, it } from 'vitest'
import { Patches } from '../../src/auto/node/patches.ts'

const log: string[] = []
const add = (a: number, b: number) => a + b

function subject() {
  log.length = 0
  const object: Record<string, unknown> = Object.create({ inherited: () => 'inherited' })
  object.add = add
  return object
}

const noting = (word: string) => (_self: unknown, _args: unknown[], call: () => unknown) => {
  log.push(word)
  return call()
}

it('replaces a function, and puts it back afterwards', () => {
  const object = subject()
  const patches = new Patches()
  patches.replace(object, 'add', noting('add'))
  patches.replace(object, 'inherited', noting('inherited'))
  expect((object.add as typeof add)(1, 2)).toBe(3)
  expect((object.inherited as () => string)()).toBe('inherited')
  expect(log).toEqual(['add', 'inherited'])
  patches.restore()
  expect(object.add).toBe(add)
  expect(Object.keys(object)).toEqual(['add'])
  expect(Object.hasOwn(object, 'inherited')).toBe(false)
})

it('replaces a function that has two names by one function', () => {
  const [one, two] = [subject(), subject()]
  const patches = new Patches()
  patches.replace(one, 'add', noting('one'))
  patches.replace(two, 'add', noting('two'))
  expect(one.add).toBe(two.add)
  patches.restore()
})

it('leaves in place what somebody else has replaced since, and only passes calls on there', () => {
  const object = subject()
  const patches = new Patches()
  patches.replace(object, 'add', noting('ours'))
  const ours = object.add as typeof add
  const theirs = (a: number, b: number) => ours(a, b) * 10
  object.add = theirs
  patches.restore()
  expect(object.add).toBe(theirs)
  expect(theirs(1, 2)).toBe(30)
  expect(log).toEqual([])
})

it('lets a replaced class be constructed and extended', () => {
  class Thing {
    readonly name: string
    constructor(name: string) {
      this.name = name
    }
  }
  const object: Record<string, unknown> = { Thing }
  const patches = new Patches()
  patches.replace(object, 'Thing', noting('made'))
  class Special extends (object.Thing as typeof Thing) {}
  const special = new Special('x')
  expect(special).toBeInstanceOf(Special)
  expect(special).toBeInstanceOf(Thing)
  expect(special.name).toBe('x')
  patches.restore()
})

it('skips a function that this version of Node does not have', () => {
  const object = subject()
  new Patches().replace(object, 'missing', noting('missing'))
  expect('missing' in object).toBe(false)
})
