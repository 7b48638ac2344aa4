import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*', 'examples/*/vitest.config.ts'],
    // Most of the tests start a process of their own and wait for it: more at a time would only make each of them slow.
    maxWorkers: 2,
  },
})
