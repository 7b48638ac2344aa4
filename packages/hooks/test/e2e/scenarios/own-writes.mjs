/** Files that the program writes itself, and then imports or reads. */

/** Every way of writing a file, as the body of `write(text)`. */
const ways = {
  writeFileSync: `fs.writeFileSync(file, text)`,
  'a promise': `await fs.promises.writeFile(file, text)`,
  'a callback': `await new Promise(done => fs.writeFile(file, text, done))`,
  'a stream': `const stream = fs.createWriteStream(file); stream.write(text.slice(0, 5)); await new Promise(done => setTimeout(done, 30)); await new Promise(done => stream.end(text.slice(5), () => stream.on('close', done)))`,
  'an open file': `const fd = fs.openSync(file, 'w'); fs.writeSync(fd, text); fs.closeSync(fd)`,
  'an open handle': `const handle = await fs.promises.open(file, 'w'); await handle.writeFile(text); await handle.close()`,
  'a temporary file that is renamed': `fs.writeFileSync(file + '.tmp', text); fs.renameSync(file + '.tmp', file)`,
  'a copy': `fs.writeFileSync(file + '.txt', text); fs.copyFileSync(file + '.txt', file)`,
}

const writer = (body, rest) => `import fs from 'node:fs'
  import { a } from './a.mjs'
  const file = import.meta.dirname + '/made.mjs'
  async function write(text) { ${body} }
  ${rest}`

/** Imports a module again and again until the log has so many entries. */
async function loadUntil(load, path, log, length) {
  const end = performance.now() + 3000
  while (log.length < length && performance.now() < end) {
    await load(path)
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

export const scenarios = {
  ...Object.fromEntries(
    Object.entries(ways).map(([way, body]) => [
      `what a module writes with ${way} can be imported at once, and does not make it stale`,
      async ({ assert, log, program, until }) => {
        const { load, save, tree, errors } = program(
          {
            '/main.mjs': writer(
              body,
              `await write('export const made = ' + a); log.push((await import('./made.mjs')).made)`,
            ),
            '/a.mjs': 'export const a = 1000001',
            '/other.mjs': '',
          },
          { watch: true },
        )
        await load('/main.mjs')
        await save('/other.mjs', '1')
        await load('/main.mjs')
        await save('/a.mjs', 'export const a = 1000002')
        await load('/main.mjs')
        await save('/other.mjs', '2')
        await load('/main.mjs')
        await until(() => tree.files.get('/made.mjs')?.text.endsWith('2'))
        assert.deepEqual(log, [1000001, 1000002])
        assert.deepEqual(errors, [])
      },
    ]),
  ),

  async 'code that is generated with another text at each start causes no endless updates'({ assert, log, program }) {
    const { load, save } = program(
      {
        '/main.mjs': writer(
          'fs.writeFileSync(file, text)',
          `write('export const made = ' + Math.random()); log.push(typeof (await import('./made.mjs')).made)`,
        ),
        '/a.mjs': '',
        '/made.mjs': 'export const made = 0',
        '/other.mjs': '',
      },
      { watch: true },
    )
    await save(
      '/main.mjs',
      writer(
        'fs.writeFileSync(file, text)',
        `write('export const made = ' + Math.random()); log.push((await import('./made.mjs')).made > 0)`,
      ).replace("import { a } from './a.mjs'", ''),
    )
    await load('/main.mjs')
    for (const text of ['1', '2', '3']) {
      await save('/other.mjs', text)
      await load('/main.mjs')
    }
    assert.deepEqual(log, [true])
  },

  async 'can be required at once, also if it was required before'({ assert, log, program }) {
    const { require } = program({
      '/main.cjs': `const fs = require('node:fs')
        for (const text of ['one', 'two']) { fs.writeFileSync(__dirname + '/made.cjs', 'module.exports = "' + text + '"'); log.push(require('./made.cjs')) }`,
    })
    require('/main.cjs')
    assert.deepEqual(log, ['one', 'two'])
  },

  async 'another importer of a written file is stale, and so are its importers'({ assert, log, program }) {
    const { load, save } = program(
      {
        '/main.mjs': `import './reader.mjs'; import './writer.mjs'`,
        '/reader.mjs': `import { made } from './made.mjs'; log.push(made)`,
        '/writer.mjs': `import fs from 'node:fs'; fs.writeFileSync(import.meta.dirname + '/made.mjs', 'export const made = "one"')`,
        '/made.mjs': `export const made = 'none'`,
      },
      { watch: true },
    )
    await load('/main.mjs')
    await loadUntil(load, '/main.mjs', log, 2)
    assert.deepEqual(log, ['none', 'one'])
    await save(
      '/writer.mjs',
      `import fs from 'node:fs'; fs.writeFileSync(import.meta.dirname + '/made.mjs', 'export const made = "two"')`,
    )
    await loadUntil(load, '/main.mjs', log, 3)
    assert.deepEqual(log, ['none', 'one', 'two'])
  },

  async 'a file that a module both reads and writes does not make it stale, whoever calls the module'({
    assert,
    log,
    program,
    put,
  }) {
    put('app/db.json', '{ "count": 1 }')
    const { load, save } = program(
      {
        '/db.mjs': `import fs from 'node:fs'
          const file = import.meta.dirname + '/db.json'
          export const db = JSON.parse(fs.readFileSync(file))
          log.push(db.count)
          export function add() { db.count++; fs.writeFileSync(file, JSON.stringify(db)) }`,
        '/other.mjs': '',
      },
      { watch: true, tree: { onDemand: path => !path.endsWith('.mjs') } },
    )
    const { add, db } = await load('/db.mjs')
    add()
    await save('/other.mjs', '1')
    assert.equal((await load('/db.mjs')).db, db)
    add()
    await save('/other.mjs', '2')
    assert.equal((await load('/db.mjs')).db, db)
    assert.deepEqual(log, [1])
    put('app/db.json', '{ "count": 7 }')
    await save('/other.mjs', '3')
    await loadUntil(load, '/db.mjs', log, 2)
    assert.deepEqual(log, [1, 7])
  },

  async 'a folder that a module lists and writes into does not make it stale'({ assert, log, program }) {
    const { load, save } = program(
      {
        '/main.mjs': `import fs from 'node:fs'
          const folder = import.meta.dirname + '/cache'
          fs.mkdirSync(folder, { recursive: true })
          log.push(fs.readdirSync(folder).length)
          fs.writeFileSync(folder + '/a.txt', 'a')`,
        '/other.mjs': '',
      },
      { watch: true, tree: { onDemand: path => !path.endsWith('.mjs') } },
    )
    await load('/main.mjs')
    for (const text of ['1', '2', '3']) {
      await save('/other.mjs', text)
      await load('/main.mjs')
    }
    assert.deepEqual(log, [0])
  },
}
