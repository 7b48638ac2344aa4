/** Environment variables that modules set, and what they are when those modules are replaced. */
import assert from 'node:assert/strict'
import { inspect, types } from 'node:util'
import { Program } from './program.ts'

const set = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('HOT_SET_')))

export const environment: Record<string, () => Promise<void>> = {
  'has the value back that it had, when the next version does not set it': async () => {
    process.env.HOT_SET_BEFORE = 'of the shell'
    const program = new Program()
    await program.load(
      'm.mjs',
      `process.env.HOT_SET_BEFORE = 'of m'
      process.env['HOT_SET_' + 1] = 'one'
      Object.assign(process.env, { HOT_SET_2: 2 })
      delete process.env.HOT_SET_1`,
    )
    assert.deepEqual(set(), { HOT_SET_BEFORE: 'of m', HOT_SET_2: '2' })
    await program.save('m.mjs', `process.env.HOT_SET_3 ??= 'three'`)
    assert.deepEqual(set(), { HOT_SET_BEFORE: 'of the shell', HOT_SET_3: 'three' })
    await program.save('m.mjs', `process.env.HOT_SET_3 ??= 'another'`)
    assert.deepEqual(set(), { HOT_SET_BEFORE: 'of the shell', HOT_SET_3: 'another' })
    await program.save('m.mjs', '')
    assert.deepEqual(set(), { HOT_SET_BEFORE: 'of the shell' })
    await program.end()
  },

  'keeps what another module has set since': async () => {
    const program = new Program()
    await program.load('a.mjs', `process.env.HOT_SET_NAME = 'a'`)
    await program.load('b.mjs', `process.env.HOT_SET_NAME = 'b'`)
    await program.save('a.mjs', '')
    assert.deepEqual(set(), { HOT_SET_NAME: 'b' })
    await program.save('b.mjs', '')
    assert.deepEqual(set(), {})
    await program.end()
  },

  'that a program sets after its evaluation stays': async () => {
    const program = new Program()
    const { later } = (await program.load('m.mjs', `export const later = () => { process.env.HOT_SET_X = 'x' }`)) as {
      later(): void
    }
    later()
    await program.save('m.mjs', '')
    assert.deepEqual(set(), { HOT_SET_X: 'x' })
    await program.end()
  },

  'is read in a running program from the object of Node itself': async () => {
    const own = process.env
    const program = new Program()
    await program.load('m.mjs', `process.env.HOT_SET_X = 'x'; process.env = { ...process.env, HOT_SET_Y: 'y' }`)
    assert.deepEqual(set(), { HOT_SET_X: 'x', HOT_SET_Y: 'y' })
    assert.equal(types.isProxy(process.env), false, inspect(process.env))
    process.env = own
    await program.load('n.mjs', '')
    assert.equal(process.env, own)
    await program.end()
    assert.equal(process.env, own)
  },
}

/** The folder that modules go to. */
export const workingFolder: Record<string, () => Promise<void>> = {
  'is where it was, when the next version goes there again': async () => {
    const before = process.cwd()
    const program = new Program()
    await program.load('m.mjs', `process.chdir('..')`)
    const parent = process.cwd()
    assert.notEqual(parent, before)
    await program.save('m.mjs', `process.chdir('..') // again`)
    assert.equal(process.cwd(), parent)
    await program.save('m.mjs', '')
    assert.equal(process.cwd(), before)
    await program.end()
  },

  'stays where somebody else has gone since': async () => {
    const before = process.cwd()
    const program = new Program()
    await program.load('m.mjs', `process.chdir('..')`)
    process.chdir('/')
    await program.save('m.mjs', '')
    assert.equal(process.cwd(), '/')
    process.chdir(before)
    await program.end()
  },
}
