import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*', 'examples/*/vitest.config.ts'],
    // Most of the tests start a process of their own and wait for it: one more than there are cores of a small machine keeps those busy.
    maxWorkers: 3,
  },
})
