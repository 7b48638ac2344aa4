import { expect, it } from 'vitest'
import { runExample } from '../../../.ci/readme-example.ts'
import * as api from '../src/index.ts'

it('prints what the README says it prints', async () => {
  const { printed, expected } = await runExample(new URL('../README.md', import.meta.url), api)
  expect(expected.length).toBeGreaterThan(1)
  expect(printed).toEqual(expected)
})
