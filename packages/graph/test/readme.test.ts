import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as api from '../src/index.ts'

it('prints what the README says it prints', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = /```js\n([\s\S]*?)```/.exec(readme)![1]!
  const expected = [...example.matchAll(/^\/\/ (.*)$/gm)].map(match => match[1])
  const printed: string[] = []
  const log = (...words: unknown[]) => printed.push(words.join(' '))
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor
  const body = example.replace(/^import (\{.*\}) from '@hot\/\w+'$/m, 'const $1 = api')
  await AsyncFunction('api', 'console', body)(api, { log })
  expect(expected.length).toBeGreaterThan(1)
  expect(printed).toEqual(expected)
})
