import { describe, expect, it } from 'vitest'
import { whoThrew } from '../src/contributions/suspects.ts'
import type { Program } from '../src/modules/program.ts'

const program = { byId: () => undefined } as unknown as Program

const thrown = (...frames: string[]) => {
  const error = new Error('no')
  error.stack = ['Error: no', ...frames.map(frame => `    at f (${frame}:1:1)`)].join('\n')
  return whoThrew(program, new Set(), error)
}

describe('who refused something', () => {
  const ours = 'file:///p/node_modules/@hot/hooks/dist/index.js'

  it('is the package in which the error was raised, and what it came through is known', () => {
    const refused = thrown('/p/node_modules/a/lib/a.js', 'file:///p/node_modules/@b/c/c.js', '/p/main.js')
    expect(refused?.inside).toBe('a')
    expect(refused?.packages).toEqual(['file:///p/node_modules/a/', 'file:///p/node_modules/@b/c/'])
  })

  it('is nobody if a module could not be loaded, also where this package says so for Node', () => {
    expect(thrown('node:internal/modules/cjs/loader', '/p/main.js')).toBe(undefined)
    expect(thrown(ours, 'node:internal/modules/cjs/loader', '/p/main.js')).toBe(undefined)
    expect(thrown(ours, '/p/node_modules/a/a.js')?.inside).toBe('a')
  })
})
