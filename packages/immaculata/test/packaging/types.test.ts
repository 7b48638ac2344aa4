import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { repository } from './tarballs.ts'

const require = createRequire(import.meta.url)
const vite = path.dirname(createRequire(require.resolve('vitest/package.json')).resolve('vite/package.json'))
const packages = path.join(repository, 'packages')

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true })
})

/** What the compiler says of a program whose `node_modules` has these packages. */
function complaints(source: string, modules: Record<string, string>): string {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'types-')))
  folders.push(folder)
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }')
  fs.writeFileSync(path.join(folder, 'main.ts'), source)
  for (const [name, target] of Object.entries(modules)) {
    const place = path.join(folder, 'node_modules', name)
    fs.mkdirSync(path.dirname(place), { recursive: true })
    fs.symlinkSync(target, place, 'junction')
  }
  // Installed, not linked: from its own folder it sees what the program has installed.
  const own = path.join(folder, 'node_modules/immaculata')
  fs.mkdirSync(own)
  for (const file of ['hot.d.ts', 'package.json'])
    fs.copyFileSync(path.join(packages, 'immaculata', file), path.join(own, file))
  const compiler = require.resolve('typescript/bin/tsc')
  const options =
    '--noEmit --strict --target es2022 --lib es2023,dom,esnext.disposable --types node --skipLibCheck false'.split(' ')
  let said = ''
  for (const [module, resolution] of [
    ['NodeNext', 'NodeNext'],
    ['ESNext', 'Bundler'],
  ] as const) {
    const args = [compiler, ...options, '--module', module, '--moduleResolution', resolution, 'main.ts']
    try {
      execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
    } catch (error) {
      said += (error as { stdout: string }).stdout
    }
  }
  // What Vite's own types need is not installed here.
  return said
    .split('\n')
    .filter(line => line !== '' && !/^\s|vite\//.test(line))
    .join('\n')
}

const installed = {
  '@hot/hooks': path.join(packages, 'hooks'),
  '@types/node': path.dirname(require.resolve('@types/node/package.json')),
}

const program = `
if (import.meta.hot) {
  const { hot } = import.meta
  const database: { close(): void } = hot.keep('database', () => ({ close() {} }), value => value.close())
  const signal: AbortSignal = hot.signal
  hot.use(database)
  hot.accept()
  hot.accept('./a.js', module => module?.default)
  // @ts-expect-error: nothing of Vite's, and nothing of ours
  hot.reload(signal)
}
// @ts-expect-error: it is undefined when the hooks are off
import.meta.hot.accept()
`

describe('The types of import.meta.hot', () => {
  it('are there by one reference, without Vite', () => {
    expect(complaints(`/// <reference types="immaculata/hot" />\n${program}`, installed)).toBe('')
  })

  it.each([
    ['before', ['vite/client', 'immaculata/hot']],
    ['after', ['immaculata/hot', 'vite/client']],
  ])('go together with those of Vite, which come %s them', (_, types) => {
    const references = types.map(name => `/// <reference types="${name}" />`).join('\n')
    const uses = `const mode: string = import.meta.env.MODE\nimport.meta.hot?.on('vite:beforeUpdate', ({ updates }) => [updates, mode])`
    expect(complaints(`${references}\n${program}\n${uses}`, { ...installed, vite })).toBe('')
  })
})
