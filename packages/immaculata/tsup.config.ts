import { readFileSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'
import { version, writeEntries } from '../../.ci/one-instance.ts'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

const common = { target: 'node22', sourcemap: true } as const

/**
 * Takes what it needs of Node's modules once, when the bundle is evaluated: `import { stat } from 'node:fs'` becomes a constant. The
 * program may replace Node's functions later, and helpers for CommonJS would copy whole modules.
 */
const builtinsOnce: Plugin = {
  name: 'builtins once',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => ({
      contents: withConstants(readFileSync(path, 'utf8')),
      loader: 'ts',
    }))
  },
}

function withConstants(source: string): string {
  return source.replace(
    /^import (?!type\b)(?:(\w+)(?:, )?)?(?:\* as (\w+))?(?:\{([^}]*)\})? from '(node:[\w/]+)'$/gm,
    (_all, whole: string | undefined, star: string | undefined, names: string | undefined, id: string) => {
      const taken = (names ?? '')
        .split(',')
        .map(name => name.trim())
        .filter(name => name !== '' && !name.startsWith('type '))
      const types = (names ?? '')
        .split(',')
        .map(name => name.trim())
        .filter(name => name.startsWith('type '))
      const object = `process.getBuiltinModule('${id}')`
      const lines = [whole, star].filter(Boolean).map(name => `const ${name} = ${object};`)
      if (taken.length > 0)
        lines.push(`const { ${taken.map(name => name.replace(' as ', ': ')).join(', ')} } = ${object};`)
      if (types.length > 0) lines.push(`import type { ${types.map(name => name.slice(5)).join(', ')} } from '${id}';`)
      return lines.join(' ')
    },
  )
}

/** `whole.cjs` gives these to the bundle: what is compiled with `node:vm` has no `import()`. */
const importOfLoader: Plugin = {
  name: 'import of whole.cjs',
  setup(build) {
    const contents = 'export const ownImport = __import\nexport const ownImporter = __importer'
    build.onLoad({ filter: /[\\/]own-import\.ts$/ }, () => ({ contents, loader: 'js' }))
  },
}

export default defineConfig([
  {
    ...common,
    entry: {
      'own-index': 'src/index.ts',
      'own-hooks': 'src/hooks.ts',
      register: 'src/register.ts',
      status: 'src/status.ts',
    },
    format: 'esm',
    dts: {
      entry: { index: 'src/index.ts', hooks: 'src/hooks.ts', register: 'src/register.ts', status: 'src/status.ts' },
    },
    clean: true,
    onSuccess: () => writeEntries(import.meta.dirname, 'immaculata', ['index', 'hooks']),
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
  // What a process of Node loads that runs hot.
  {
    ...common,
    entry: {
      preload: 'src/preload.ts',
      'preload-code': 'src/preload-code.ts',
      trial: 'src/trial.ts',
      bin: 'src/bin.ts',
      whole: 'src/compiled-whole.ts',
      bundle: 'src/whole.ts',
    },
    format: 'cjs',
    splitting: false,
    minifyWhitespace: true,
    clean: false,
    noExternal: [/^@hot\//],
    esbuildPlugins: [importOfLoader, builtinsOnce],
    banner: { js: "const __url = process.getBuiltinModule('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': '__url', VERSION: JSON.stringify(version(import.meta.dirname)) },
  },
])
