import { expect, it } from 'vitest'
import { cutFrame } from '../src/command/messages/frames.ts'

it('a short line stays as it is', () => {
  expect(cutFrame('\tconst = 1\n\t      ^')).toBe('\tconst = 1\n\t      ^')
})

it('of a long line, what is around the caret stays, and the caret stands below the same character', () => {
  for (const at of [0, 99, 100, 500, 998]) {
    const line = `${'a'.repeat(at)}!${'b'.repeat(999 - at)}`
    const [shown, caret] = cutFrame(`${line}\n${' '.repeat(at)}^`).split('\n') as [string, string]
    expect(shown.length).toBeLessThanOrEqual(162)
    expect(shown[caret.length - 1]).toBe('!')
  }
  expect(cutFrame('x'.repeat(1000))).toBe(`${'x'.repeat(160)}…`)
})
