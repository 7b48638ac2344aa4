import { defineConfig } from 'tsup'

const common = { target: 'node22', sourcemap: true }

export default defineConfig([
  {
    ...common,
    entry: {
      index: 'src/index.ts',
      hooks: 'src/hooks.ts',
      register: 'src/register.ts',
      start: 'src/command/program/start.ts',
      status: 'src/status.ts',
      bin: 'src/bin.ts',
    },
    format: 'esm',
    dts: {
      entry: { index: 'src/index.ts', hooks: 'src/hooks.ts', register: 'src/register.ts', status: 'src/status.ts' },
    },
    clean: true,
  },
  // The live page: static files, which nothing loads but a browser.
  {
    entry: { app: 'src/ui/page/app.js', layout: 'src/ui/page/layout.js' },
    outDir: 'dist/ui',
    publicDir: 'src/ui/static',
    format: 'iife',
    platform: 'browser',
    target: 'es2023',
    noExternal: [/./],
    minify: true,
    outExtension: () => ({ js: '.js' }),
    clean: false,
  },
  // What Node's `--require` is given, whatever else is preloaded.
  {
    ...common,
    entry: { preload: 'src/preload.ts', 'preload-code': 'src/preload-code.ts', trial: 'src/trial.ts' },
    format: 'cjs',
    clean: false,
  },
])
