import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { folder, immaculata, nodes, write } from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }

describe.each(nodes)('TypeScript on $name', ({ node }) => {
  const strips = spawnSync(node, ['-p', 'process.features.typescript']).stdout.toString().trim() === 'strip'

  it.runIf(strips)('runs hot with nothing more than Node', async () => {
    const cwd = folder({
      ...type,
      'main.ts': `import { name, type Name } from './name.ts'
        const shown: Name = name
        console.log('name', shown)
        setInterval(() => {}, 1e6)`,
      'name.ts': `export type Name = string\nexport const name: Name = 'one'`,
    })
    const running = immaculata({ node, cwd }, 'main.ts')
    await running.prints('name one')
    write(cwd, { 'name.ts': `export type Name = string\nexport const name: Name = 'two' as const` })
    await running.prints('name two')
    write(cwd, { 'name.ts': `export type Name = string\nexport const name: Name = = 'three'` })
    await running.prints('Not live')
    expect(running.stderr).toContain('name.ts')
  })

  it('runs hot through a compiler that is registered with --import', async () => {
    const compiler = `import { registerHooks } from 'node:module'
      registerHooks({
        load(url, context, next) {
          const result = next(url, context)
          if (!url.includes('.js') || url.includes('node_modules')) return result
          return { ...result, source: String(result.source).replaceAll('NAME', JSON.stringify('compiled')) }
        },
      })`
    const cwd = folder({
      ...type,
      'compiler.mjs': compiler,
      'main.js': `import { text } from './text.js'; console.log(text + NAME); setInterval(() => {}, 1e6)`,
      'text.js': `export const text = 'one ' + NAME + ' '`,
    })
    const running = immaculata({ node, cwd }, '--import', './compiler.mjs', 'main.js')
    await running.prints('one compiled compiled')
    write(cwd, { 'text.js': `export const text = 'two ' + NAME + ' '` })
    await running.prints('two compiled compiled')
  })
})
