import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { folder, immaculata, nodes, Running, registered, write } from './running.ts'

const packages = fileURLToPath(new URL('../../../', import.meta.url))

/** The library alone, with the entry point in its tree. */
const preload = `import { FileTree } from 'immaculata'
import { useTree } from 'immaculata/hooks.js'
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
const tree = new FileTree('app', import.meta.dirname)
const hot = useTree(tree)
registerHooks(hot)
tree.watch().on('filesUpdated', () => hot.import(pathToFileURL(process.argv[1])))`

/** How programs ask whether they are the one that was started, and where they are. */
const esm = `import { fileURLToPath, pathToFileURL } from 'node:url'
import { name } from './name.js'
const { url, main, filename, dirname } = import.meta
const started = process.argv[1]
console.log(name + JSON.stringify([
  url === pathToFileURL(started).href, fileURLToPath(url) === started, filename === started,
  url, main, filename, dirname, import.meta.resolve('./name.js').replace(/\\?.*/, ''),
]))
setInterval(() => {}, 1e6)`

const cjs = `const { name } = require('./name.js')
const started = process.argv[1]
console.log(name + JSON.stringify([
  require.main === module, process.mainModule === module, __filename === started, require.main.filename === __filename,
  module.id, module.parent, require.cache[__filename] === module, module.loaded, module.paths[0], __dirname,
]))
setInterval(() => {}, 1e6)`

const kinds: Record<string, { entry: string; text: string; type: string; name: (life: string) => string }> = {
  'an ES module': { entry: 'main.js', text: esm, type: 'module', name: life => `export const name = '${life}'` },
  'a CommonJS module': { entry: 'main.js', text: cjs, type: 'commonjs', name: life => `exports.name = '${life}'` },
  'a script without an extension': {
    entry: 'www',
    text: `#!/usr/bin/env node\n${cjs}`,
    type: 'commonjs',
    name: life => `exports.name = '${life}'`,
  },
  'an ES module without an extension': {
    entry: 'www',
    text: `#!/usr/bin/env node\n${esm}`,
    type: 'module',
    name: life => `export const name = '${life}'`,
  },
  TypeScript: {
    entry: 'main.ts',
    text: `${esm}\nexport type Name = typeof name`,
    type: 'module',
    name: life => `export const name = '${life}'`,
  },
}

const ways: Record<string, (settings: { node: string; cwd: string }, entry: string) => Running> = {
  'the library': (settings, entry) => new Running(['--no-warnings', '--import', './preload.mjs', entry], settings),
  register: (settings, entry) => registered(settings, '--no-warnings', entry),
  'the command': (settings, entry) => immaculata(settings, '--no-warnings', entry),
}

describe.each(nodes)('an entry point on $name', ({ node, name }) => {
  for (const [kind, { entry, text, type, name: nameOf }] of Object.entries(kinds)) {
    if (kind === 'TypeScript' && name === 'Node v22.15.0') continue // it strips no types yet
    for (const [way, start] of Object.entries(ways)) {
      it(`that is ${kind} sees with ${way} in every life what it sees under plain Node`, async () => {
        const cwd = folder({
          'preload.mjs': preload,
          'package.json': '{}',
          'app/package.json': `{ "type": "${type}" }`,
          'app/name.js': nameOf('one'),
          [`app/${entry}`]: text,
        })
        mkdirSync(join(cwd, 'node_modules'))
        symlinkSync(join(packages, 'immaculata'), join(cwd, 'node_modules/immaculata'))
        const plain = new Running(['--no-warnings', `app/${entry}`], { node, cwd })
        await plain.prints('one[')
        const running = start({ node, cwd }, `app/${entry}`)
        await running.prints('one[')
        write(cwd, { 'app/name.js': nameOf('two') })
        await running.prints('two[')
        write(cwd, { [`app/${entry}`]: `${text}\n// edited`, 'app/name.js': nameOf('three') })
        await running.prints('three[')
        const seen = plain.stdout.trim().slice('one'.length)
        // Two files that are saved one after the other may be two updates.
        const lives = new Set(running.stdout.trim().split('\n'))
        expect([...lives]).toEqual(['one', 'two', 'three'].map(life => life + seen))
      })
    }
  }

  it('is hot if only its syntax makes it an ES module', async () => {
    const main = (word: string) => `import { text } from './text.js'
      console.log('${word}', text, import.meta.url.endsWith('/main.js'))
      setInterval(() => {}, 1e6)`
    const cwd = folder({ 'package.json': '{}', 'main.js': main('first'), 'text.js': `export const text = 'one'` })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('first one true')
    write(cwd, { 'text.js': `export const text = 'two'` })
    await running.prints('first two true')
    write(cwd, { 'main.js': main('second') })
    await running.prints('second two true')
    expect(running.output).not.toMatch(/restart|crashed/)
  })
})
