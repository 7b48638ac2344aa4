/** Symbolic links that are led elsewhere: who imports or reads through them is stale, also for later edits of what they lead to. */

function relinked(reader, path, file, { chain = false, kind = 'dir' } = {}) {
  return async ({ assert, dir, log, program, put, renameSync, symlinkSync }) => {
    for (const n of ['one', 'two']) put(`app/rel/${n}/${file}`, path(n))
    const lead = (name, target) => {
      symlinkSync(target, `${dir}/app/${name}.new`, kind)
      renameSync(`${dir}/app/${name}.new`, `${dir}/app/${name}`)
    }
    lead(chain ? 'middle' : 'current', 'rel/one')
    if (chain) lead('current', 'middle')
    process.chdir(dir)
    const { load, tree } = program(
      { '/main.mjs': reader },
      { watch: true, tree: { onDemand: name => !/\.[cm]?js$/.test(name) } },
    )
    const next = async change => {
      const told = new Promise(resolve => tree.once('filesUpdated', resolve))
      change()
      await told
      await load('/main.mjs')
    }
    await load('/main.mjs')
    await next(() => lead(chain ? 'middle' : 'current', 'rel/two'))
    await next(() => put(`app/rel/two/${file}`, path('three')))
    assert.deepEqual(log, ['one', 'two', 'three'])
  }
}

const esm = name => `export const word = '${name}'`
const cjs = name => `exports.word = '${name}'`
const text = name => name

export const scenarios = {
  'a folder link, and an import through it': relinked(
    `import { word } from './current/a.mjs'; log.push(word)`,
    esm,
    'a.mjs',
  ),
  'a link to a link, and an import through both': relinked(
    `import { word } from './current/a.mjs'; log.push(word)`,
    esm,
    'a.mjs',
    { chain: true },
  ),
  'a folder link, and a require through it': relinked(
    `import { createRequire } from 'node:module'; log.push(createRequire(import.meta.url)('./current/a').word)`,
    cjs,
    'a.js',
  ),
  'a folder link, and a file that is read through it': relinked(
    `import fs from 'node:fs'; log.push(fs.readFileSync('app/current/a.txt', 'utf8'))`,
    text,
    'a.txt',
  ),
  'a folder link, and a file that is read by its real name': relinked(
    `import fs from 'node:fs'; log.push(fs.readFileSync(fs.realpathSync('app/current') + '/a.txt', 'utf8'))`,
    text,
    'a.txt',
  ),
}
