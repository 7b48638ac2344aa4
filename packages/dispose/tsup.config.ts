import { defineConfig } from 'tsup'
import { writeEntries } from '../../.ci/one-instance.ts'

const entries = { index: 'src/index.ts', auto: 'src/auto/index.ts', ownership: 'src/auto/ownership/index.ts' }

export default defineConfig({
  entry: Object.fromEntries(Object.entries(entries).map(([name, file]) => [`own-${name}`, file])),
  format: 'esm',
  target: 'node22',
  dts: { entry: entries },
  sourcemap: true,
  clean: true,
  onSuccess: () => writeEntries(import.meta.dirname, '@hot/dispose', Object.keys(entries)),
})
