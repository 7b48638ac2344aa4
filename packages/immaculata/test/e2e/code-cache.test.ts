import { execFile } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodes } from './running.ts'

const run = promisify(execFile)
const packages = fileURLToPath(new URL('../../../', import.meta.url))

const folders: string[] = []
afterAll(() => {
  for (const place of folders) rmSync(place, { recursive: true })
})

/** It stays for all tests. */
function folder(files: Record<string, string>): string {
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'code-cache-')))
  folders.push(place)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text)
  return place
}

/** This product in a folder of its own: its caches lie where `caches` says. What it loads first tells which version of it runs. */
function installed(): { dist: string; setText: (text: string) => void } {
  const cwd = folder({})
  const dist = join(cwd, 'node_modules/immaculata/dist')
  for (const part of ['dist', 'package.json']) {
    cpSync(join(packages, 'immaculata', part), join(cwd, 'node_modules/immaculata', part), { recursive: true })
  }
  mkdirSync(join(cwd, 'node_modules/@hot'), { recursive: true })
  for (const name of ['tree', 'graph', 'dispose', 'hooks'])
    symlinkSync(join(packages, name), join(cwd, 'node_modules/@hot', name))
  const bundle = join(dist, 'bundle.cjs')
  const own = readFileSync(bundle, 'utf8')
  /** As npm writes it: always with the same time. The name has the same length. */
  const setText = (text: string) => {
    writeFileSync(bundle, `(function(){console.log('${text}')})();${own}`)
    utimesSync(bundle, 499162500, 499162500)
  }
  setText('a')
  return { dist, setText }
}

describe.each(nodes)('The cache of compiled code, on $name', ({ node }) => {
  const { dist, setText } = installed()
  const program = join(
    folder({ 'main.js': `console.log('runs'); setTimeout(() => {}, Number(process.argv[2] ?? 0))` }),
    'main.js',
  )
  const home = folder({})
  const caches = join(home, 'immaculata')
  const preload = join(dist, 'preload.cjs')
  const start = async (flags: string[] = [], ms = 0, env: Record<string, string> = {}) => {
    const settings = { env: { PATH: process.env.PATH, XDG_CACHE_HOME: home, ...env } }
    return run(node, [...flags, '--require', preload, program, String(ms)], settings)
  }
  const sound = { stdout: 'a\nruns\n', stderr: '' }
  const cache = () => join(caches, readdirSync(caches).find(name => name.endsWith('.code'))!)
  let whole: Buffer

  beforeAll(async () => {
    expect(await start([], 1_300)).toEqual(sound)
    whole = readFileSync(cache())
  })

  it('is written once, for its user alone, and used from then on', async () => {
    expect(readdirSync(caches)).toHaveLength(1)
    if (process.platform !== 'win32') expect(statSync(cache()).mode & 0o077).toBe(0)
    const { ino } = statSync(cache())
    expect(await start([], 1_300)).toEqual(sound)
    expect(statSync(cache()).ino).toBe(ino)
  })

  it.each<[string, () => Buffer]>([
    ['cut off', () => whole.subarray(0, -100)],
    ['empty', () => Buffer.alloc(0)],
    [
      'full of zeros from its middle on',
      () => Buffer.concat([whole.subarray(0, whole.length >> 1), Buffer.alloc(whole.length >> 1)]),
    ],
    ['wrong in one bit', () => Buffer.from(whole).fill(whole[20_000]! ^ 1, 20_000, 20_001)],
  ])('is not used when it is %s', async (_, content) => {
    writeFileSync(cache(), content())
    expect(await start()).toEqual(sound)
    writeFileSync(cache(), whole)
  })

  it('is not used when others may write it', async () => {
    if (process.platform === 'win32') return
    chmodSync(cache(), 0o666)
    const { ino } = statSync(cache())
    expect(await start([], 1_300)).toEqual(sound)
    expect(statSync(cache()).ino).not.toBe(ino)
    expect(statSync(cache()).mode & 0o077).toBe(0)
  })

  it('of another Node, of another set of flags, is another one', async () => {
    const others = nodes.filter(other => other.node !== node)
    const own = cache()
    for (const other of others)
      await run(other.node, ['--require', preload, program, '1300'], { env: { XDG_CACHE_HOME: home } })
    expect(await start(['--stack-trace-limit=20'], 1_300)).toEqual(sound)
    expect(readdirSync(caches)).toHaveLength(2 + others.length)
    expect(existsSync(own)).toBe(true)
    expect(await start(['--stack-trace-limit=20'])).toEqual(sound)
    expect(await start()).toEqual(sound)
  })

  it('may be missing, or impossible to write or to read', async () => {
    const file = join(folder({ file: '' }), 'file')
    expect(await start([], 1_100, { XDG_CACHE_HOME: file })).toEqual(sound)
    expect(await start([], 1_100, { XDG_CACHE_HOME: '/proc/immaculata' })).toEqual(sound)
    expect(await run(node, ['--require', preload, program], { env: {} })).toEqual(sound)
    const reads = [join(dist, '..', '*'), program].map(place => `--allow-fs-read=${place}`)
    const { stdout } = await start(['--permission', ...reads], 1_100)
    expect(stdout).toBe(sound.stdout)
  })

  it('may be written by several processes at once', async () => {
    const env = { XDG_CACHE_HOME: folder({}) }
    const said = await Promise.all([1, 2, 3].map(() => start([], 1_300, env)))
    expect(said).toEqual([sound, sound, sound])
    const [name, ...others] = readdirSync(join(env.XDG_CACHE_HOME, 'immaculata'))
    expect([name!.endsWith('.code'), others]).toEqual([true, []])
    expect(await start([], 0, env)).toEqual(sound)
  })

  it('of other contents of the same length and time is not used, and goes', async () => {
    const env = { XDG_CACHE_HOME: folder({}) }
    const names = () => readdirSync(join(env.XDG_CACHE_HOME, 'immaculata'))
    await start([], 1_300, env)
    const [old] = names()
    setText('b')
    expect((await start([], 1_300, env)).stdout).toBe('b\nruns\n')
    expect((await start([], 0, env)).stdout).toBe('b\nruns\n')
    expect(names()).toHaveLength(1)
    expect(names()).not.toContain(old)
    setText('a')
  })

  it('makes room: only so many are kept', async () => {
    const env = { XDG_CACHE_HOME: folder({}) }
    const place = join(env.XDG_CACHE_HOME, 'immaculata')
    mkdirSync(place)
    for (let at = 0; at < 60; at++) writeFileSync(join(place, `v0-${at}.code`), '')
    await start([], 1_300, env)
    expect(readdirSync(place)).toHaveLength(24)
  })
})
