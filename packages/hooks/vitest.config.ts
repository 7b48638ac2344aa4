import { defineProject } from 'vitest/config'

export default defineProject({
  test: { name: '@hot/hooks', include: ['test/**/*.test.ts'] },
})
