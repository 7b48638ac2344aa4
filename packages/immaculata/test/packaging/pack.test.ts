import { execFile } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesOf, folderOf, freshFolder, pack, packages, removeFolder, repository, type Tarballs } from './tarballs.ts'

const folder = freshFolder()
let tarballs: Tarballs
beforeAll(async () => {
  tarballs = await pack(folder)
}, 60_000)
afterAll(() => removeFolder(folder))

/** Beside what was built: the other files that users, npm or TypeScript read. */
const page = ['app.js', 'index.html', 'layout.js', 'style.css'].map(file => `dist/ui/${file}`)
const besides = {
  immaculata: [...page, 'hot.d.ts', 'immaculata.cjs', 'immaculata.js', 'register.d.cts', 'schema.json'],
} as Record<string, string[]>

describe.each(packages)('The tarball of %s', name => {
  it('holds what was built, its manifest, its README and the license, and nothing else', () => {
    const files = filesOf(tarballs[name])
    const rest = files.filter(file => !/^dist\/[\w-]+\.(c?js|c?js\.map|d\.ts)$/.test(file))
    expect(rest).toEqual(['LICENSE', 'README.md', 'package.json', ...(besides[name] ?? [])].sort())
    expect(files).toContain('dist/index.js')
    expect(files).toContain('dist/index.d.ts')
  })

  it('has source maps that carry their sources', () => {
    const dist = path.join(folderOf(name), 'dist')
    for (const file of fs.readdirSync(dist).filter(file => file.endsWith('.map'))) {
      const map = JSON.parse(fs.readFileSync(path.join(dist, file), 'utf8'))
      expect(map.sourcesContent).toHaveLength(map.sources.length)
    }
  })

  it('satisfies publint, suggestions included', async () => {
    const tarball = new Uint8Array(fs.readFileSync(tarballs[name])).buffer
    const { messages, pkg } = await publint({ pack: { tarball }, level: 'suggestion', strict: true })
    expect(messages.map(message => formatMessage(message, pkg))).toEqual([])
  })

  it('has types that resolve as its code does, for ES modules and bundlers', { timeout: 60_000 }, async () => {
    const attw = path.join(repository, 'node_modules/@arethetypeswrong/cli/dist/index.js')
    const args = [attw, tarballs[name], '--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji']
    await promisify(execFile)(process.execPath, args, { cwd: folder }).catch(({ stdout, stderr }) => {
      expect.fail(stdout + stderr)
    })
  })
})

describe.each(packages)('The manifest of %s', name => {
  const manifest = () => JSON.parse(fs.readFileSync(path.join(folderOf(name), 'package.json'), 'utf8'))

  it('asks for the Nodes that the tests run on', () => {
    expect(manifest().engines).toEqual({ node: '^22.15.0 || ^24.0.0 || >=26.0.0' })
  })

  it('depends on our own packages only', () => {
    const { dependencies = {}, peerDependencies, optionalDependencies } = manifest()
    expect(Object.keys(dependencies).filter(dependency => !dependency.startsWith('@hot/'))).toEqual([])
    expect(peerDependencies ?? optionalDependencies).toBeUndefined()
  })

  it('has the version of all the others', () => {
    const versions = packages.map(other =>
      JSON.parse(fs.readFileSync(path.join(folderOf(other), 'package.json'), 'utf8')),
    )
    expect(new Set(versions.map(({ version }) => version)).size).toBe(1)
  })
})
