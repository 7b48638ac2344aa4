/** Hooks of others, beside ours: what they answer, refuse and make up is what the program gets, with plain Node as the measure. */
import { describe, expect, it } from 'vitest'
import { folder, immaculata, nodes, Running, registered, write } from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }

/** A hook that is registered in the program's own process, before or after ours. */
const hooks = `import { registerHooks } from 'node:module'
  let count = 0
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === './secret.js') throw Object.assign(new Error('no'), { code: 'ERR_SECRET' })
      if (specifier === './virtual.js') return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true }
      const result = next(specifier, context)
      return specifier === './fresh.js' ? { ...result, url: result.url + '?count=' + ++count } : result
    },
    load(url, context, next) {
      if (url.includes('/virtual.js')) return { format: 'module', source: 'export default "made up"', shortCircuit: true }
      return next(url, context)
    },
  })`

const program = {
  ...type,
  'hooks.js': hooks,
  'main.js': `import { word } from './word.js'
    import made from './virtual.js'
    const secret = await import('./secret.js').catch(error => error.code)
    const fresh = [await import('./fresh.js'), await import('./fresh.js')]
    const { main, url } = import.meta
    console.log(word, secret, made, fresh[0] === fresh[1], main, url.endsWith('main.js'))
    if (process.argv[2]) setInterval(() => {}, 1e6)`,
  'word.js': `export const word = 'one'`,
  'secret.js': '',
  'fresh.js': 'export {}',
}

describe.each(nodes)('other hooks on $name', ({ node }) => {
  it.each(['before', 'after'])('may answer, refuse and invent modules, registered %s ours', async order => {
    const cwd = folder(program)
    const plain = new Running(['--import', './hooks.js', 'main.js'], { node, cwd })
    await plain.ended
    expect(plain.stdout).toBe('one ERR_SECRET made up false true true\n')
    const running =
      order === 'before'
        ? immaculata({ node, cwd }, '--import', './hooks.js', 'main.js', 'stay')
        : registered({ node, cwd }, '--import', './hooks.js', 'main.js', 'stay') // preloaded behind ours
    await running.prints(plain.stdout)
    write(cwd, { 'word.js': `export const word = 'two'` })
    await running.prints(plain.stdout.replace('one', 'two'))
  })

  it('that are registered off the main thread do not cost any module its state', async () => {
    const cwd = folder({
      ...type,
      // It marks what is imported, but not the entry point, as import-in-the-middle does.
      'marking.js': `export async function resolve(specifier, context, next) {
          const result = await next(specifier, context)
          if (!context.parentURL || !result.url.startsWith('file:') || /marked/.test(context.parentURL + result.url)) return result
          return { ...result, url: result.url + '?marked' }
        }`,
      'register.js': `import { register } from 'node:module'; register('./marking.js', import.meta.url)`,
      'main.js': `import { word } from './word.js'; import './kept.js'; console.log('says', word); setInterval(() => {}, 1e6)`,
      'word.js': `export const word = 'one'`,
      'kept.js': `console.log('kept evaluated')`,
    })
    const running = immaculata({ node, cwd }, '--no-warnings', '--import', './register.js', 'main.js')
    await running.prints('says one')
    for (const word of ['two', 'three']) {
      write(cwd, { 'word.js': `export const word = '${word}'` })
      await running.prints(`says ${word}`)
    }
    expect(running.output.match(/kept evaluated/g)).toHaveLength(1)
  })

  it('do not matter to code of node:vm that imports with the main loader: it gets the instance that the program has', async () => {
    const cwd = folder({
      ...type,
      'main.js': `import { constants, Script } from 'node:vm'
        import * as a from './a.js'
        const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
        const code = 'import(' + JSON.stringify(new URL('./a.js', import.meta.url).href) + ')'
        const other = await new Script(code, { importModuleDynamically }).runInThisContext()
        console.log('same', a === other, import.meta.url.endsWith('main.js'), a.word)
        if (process.argv[2]) setInterval(() => {}, 1e6)`,
      'a.js': `console.log('a evaluated'); export const word = 'one'`,
    })
    const plain = new Running(['main.js'], { node, cwd })
    await plain.ended
    expect(plain.stdout).toBe('a evaluated\nsame true true one\n')
    const running = immaculata({ node, cwd }, 'main.js', 'stay')
    await running.prints(plain.stdout)
    write(cwd, { 'a.js': `console.log('a evaluated'); export const word = 'two'` })
    await running.prints('same true true two')
  })
})
