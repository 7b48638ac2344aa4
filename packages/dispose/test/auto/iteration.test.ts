import { expect, it } from 'vitest'
import { endless } from '../../src/auto/resources/endless-iterables.ts'

async function* counting({ signal }: { signal: AbortSignal }) {
  for (let n = 0; ; n++) {
    if (n === 2) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    yield n
  }
}

it('ends the loop over an iterable as if there were no more to come', async () => {
  const { iterable, isOpen, end } = endless(undefined, counting)
  const seen: unknown[] = []
  const loop = (async () => {
    for await (const n of iterable) seen.push(n)
  })()
  await iterable.next()
  expect(isOpen()).toBe(true)
  end()
  await loop
  expect(seen).not.toContain(2)
  expect(isOpen()).toBe(false)
  expect(await iterable.next()).toEqual({ done: true, value: undefined })
})

it('fails as in plain Node when the program’s own signal aborts', async () => {
  const controller = new AbortController()
  const { iterable } = endless({ signal: controller.signal }, counting)
  await iterable.next()
  await iterable.next()
  const third = iterable.next()
  controller.abort(new Error('of the program'))
  await expect(third).rejects.toThrow('of the program')
})

it('is no longer open when the loop is left', async () => {
  const { iterable, isOpen } = endless(undefined, counting)
  for await (const n of iterable) if (n === 1) break
  expect(isOpen()).toBe(false)
})
