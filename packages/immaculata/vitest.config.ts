import { defineProject } from 'vitest/config'

export default defineProject({
  test: { name: 'immaculata', include: ['test/**/*.test.ts'] },
})
