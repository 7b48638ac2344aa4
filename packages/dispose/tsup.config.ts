import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', auto: 'src/auto/index.ts', ownership: 'src/auto/ownership/index.ts' },
  format: 'esm',
  target: 'node22',
  dts: true,
  sourcemap: true,
  clean: true,
})
