import { describe, expect, it } from 'vitest'
import { nodes } from '../../../../.ci/nodes.ts'
import { fuzz } from './law/search.ts'

describe('hot equals cold', () => {
  for (const node of nodes) {
    it(`in random programs under random edits, on Node ${node.version}`, { timeout: 120_000 }, async () => {
      const budget = { seed: 1, cases: 12, time: Number.POSITIVE_INFINITY, shrinking: 30_000, findings: 1 }
      const { counts, found } = await fuzz(node, budget)
      expect(found.map(({ seed, text }) => `seed ${seed}\n${text}`).join('\n')).toBe('')
      expect(counts.states).toBeGreaterThan(20)
    })
  }
})
