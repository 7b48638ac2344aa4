import { defineProject } from 'vitest/config'

export default defineProject({
  test: { name: '@hot/graph', include: ['test/**/*.test.ts'] },
})
