import { defineConfig } from 'tsup'
import { writeEntries } from '../../.ci/one-instance.ts'

export default defineConfig({
  entry: { 'own-index': 'src/index.ts' },
  format: 'esm',
  target: 'node22',
  dts: { entry: { index: 'src/index.ts' } },
  sourcemap: true,
  clean: true,
  onSuccess: () => writeEntries(import.meta.dirname, '@hot/tree', ['index']),
})
