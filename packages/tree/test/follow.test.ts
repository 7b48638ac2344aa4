import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { FileTree } from '../src/index.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

function makeFolder(files: Record<string, string>): string {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'hot-follow-')))
  ends.push(() => fs.rmSync(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) write(join(folder, path), text)
  return folder
}

function write(file: string, text: string): void {
  fs.mkdirSync(join(file, '..'), { recursive: true })
  fs.writeFileSync(file, text)
}

/** A save as editors make it: a temporary file is renamed over the old one. */
function replace(file: string, text: string): void {
  fs.writeFileSync(`${file}.tmp`, text)
  fs.renameSync(`${file}.tmp`, file)
}

/** A tree of JavaScript files only, and its updates, one string for each. */
function watched(folder: string, options: { poll?: number } = {}) {
  const tree = new FileTree(folder, '/', { exclude: (path, isFolder) => !isFolder && !path.endsWith('.js') })
  ends.push(() => tree.close())
  const updates: string[] = []
  let seen = () => {}
  tree.beforeUpdate((changes, update) => {
    const all = [...changes, ...update.followed].map(({ path, kind }) => `${path} ${kind}`)
    updates.push(all.join(', '))
    seen()
  })
  tree.watch({ persistent: false, ...options })
  const next = async () => {
    while (updates.length === 0)
      await new Promise<void>(resolve => {
        seen = resolve
      })
    return updates.shift()
  }
  return { tree, next, updates }
}

test('a followed file that is no part of the tree is told of when its bytes change, however it is saved', async () => {
  const folder = makeFolder({ 'a.js': '', 'views/a.hbs': 'one' })
  const { tree, next } = watched(folder)
  const file = join(folder, 'views/a.hbs')
  expect(tree.follow(file)).toBe(pathToFileURL(file).href)
  write(file, 'two')
  expect(await next()).toBe('/views/a.hbs changed')
  replace(file, 'three')
  expect(await next()).toBe('/views/a.hbs changed')
  fs.rmSync(file)
  expect(await next()).toBe('/views/a.hbs removed')
  write(file, 'four')
  expect(await next()).toBe('/views/a.hbs added')
  expect([...tree.files.keys()]).toEqual(['/a.js'])
})

test('a save that changes no byte of a followed file tells nothing', async () => {
  const folder = makeFolder({ 'a.hbs': 'one', 'b.hbs': 'one' })
  const { tree, next } = watched(folder)
  tree.follow(join(folder, 'a.hbs'))
  tree.follow(join(folder, 'b.hbs'))
  write(join(folder, 'a.hbs'), 'two')
  expect(await next()).toBe('/a.hbs changed')
  replace(join(folder, 'a.hbs'), 'two')
  write(join(folder, 'b.hbs'), 'two')
  expect(await next()).toBe('/b.hbs changed')
})

test('a module and a followed file that are saved together are one update', async () => {
  const folder = makeFolder({ 'a.js': 'one', 'schema.graphql': 'one' })
  const { tree, next } = watched(folder)
  tree.follow(join(folder, 'schema.graphql'))
  write(join(folder, 'schema.graphql'), 'two')
  write(join(folder, 'a.js'), 'two')
  expect(await next()).toBe('/a.js changed, /schema.graphql changed')
})

test('a held update keeps what is followed, too, and a change that is taken back is none', async () => {
  const folder = makeFolder({ 'a.js': 'one', 'a.hbs': 'one' })
  const { tree, next } = watched(folder)
  tree.follow(join(folder, 'a.hbs'))
  write(join(folder, 'a.hbs'), 'one and a half')
  expect(await next()).toBe('/a.hbs changed')
  const remove = tree.beforeUpdate((_, update) => update.hold())
  write(join(folder, 'a.hbs'), 'two')
  expect(await next()).toBe('/a.hbs changed')
  write(join(folder, 'a.js'), 'two')
  expect(await next()).toBe('/a.js changed, /a.hbs changed')
  remove()
  write(join(folder, 'a.hbs'), 'one and a half')
  write(join(folder, 'a.js'), 'three')
  expect(await next()).toBe('/a.js changed')
})

test('the names in a followed folder are told of when one comes or goes, not when a file changes', async () => {
  const folder = makeFolder({ 'a.hbs': '', 'pages/a.md': 'one' })
  const { tree, next } = watched(folder)
  const id = tree.follow(join(folder, 'pages'), 'names')
  expect(id).toBe(`${pathToFileURL(join(folder, 'pages')).href}/`)
  tree.follow(join(folder, 'a.hbs'))
  write(join(folder, 'pages/a.md'), 'two')
  write(join(folder, 'a.hbs'), 'two')
  expect(await next()).toBe('/a.hbs changed')
  write(join(folder, 'pages/b.md'), '')
  expect(await next()).toBe('/pages changed')
  fs.rmSync(join(folder, 'pages/b.md'))
  expect(await next()).toBe('/pages changed')
  fs.rmSync(join(folder, 'pages'), { recursive: true })
  expect(await next()).toBe('/pages removed')
})

test('all names below a folder are told of, those of folders that appear later included', async () => {
  const folder = makeFolder({ 'pages/a.md': '' })
  const { tree, next } = watched(folder)
  tree.follow(join(folder, 'pages'), 'all names')
  write(join(folder, 'pages/deep/b.md'), '')
  expect(await next()).toBe('/pages changed')
  write(join(folder, 'pages/deep/c.md'), '')
  expect(await next()).toBe('/pages changed')
})

test('a name that nothing has yet is told of when something gets it, also in folders that are not there', async () => {
  const folder = makeFolder({ 'a.js': '' })
  const { tree, next } = watched(folder)
  tree.follow(join(folder, 'config/local/a.yml'), 'kind')
  write(join(folder, 'config/local/a.yml'), 'one')
  expect(await next()).toBe('/config/local/a.yml added')
})

test('a place outside the tree is followed through renames of its folder and links on its way', async () => {
  const folder = makeFolder({ 'tree/a.js': '', 'shared/a.yml': 'one', 'rel/1/b.yml': 'one', 'rel/2/b.yml': 'two' })
  fs.symlinkSync('rel/1', join(folder, 'current'))
  const { tree, next } = watched(join(folder, 'tree'))
  tree.follow(join(folder, 'shared/a.yml'))
  tree.follow(join(folder, 'current/b.yml'))
  write(join(folder, 'shared/a.yml'), 'two')
  expect(await next()).toBe('/../shared/a.yml changed')
  fs.renameSync(join(folder, 'shared'), join(folder, 'old'))
  expect(await next()).toBe('/../shared/a.yml removed')
  write(join(folder, 'shared/a.yml'), 'three')
  expect(await next()).toBe('/../shared/a.yml added')
  fs.symlinkSync('rel/2', join(folder, 'next'))
  fs.renameSync(join(folder, 'next'), join(folder, 'current'))
  expect(await next()).toBe('/../current/b.yml changed')
  write(join(folder, 'rel/2/b.yml'), 'three')
  expect(await next()).toBe('/../current/b.yml changed')
})

test('what is followed is found by polling as well', async () => {
  const folder = makeFolder({ 'tree/a.js': '', 'tree/a.hbs': 'one', 'a.yml': 'one' })
  const { tree, next } = watched(join(folder, 'tree'), { poll: 20 })
  tree.follow(join(folder, 'tree/a.hbs'))
  tree.follow(join(folder, 'a.yml'))
  write(join(folder, 'tree/a.hbs'), 'two!')
  expect(await next()).toBe('/a.hbs changed')
  write(join(folder, 'a.yml'), 'two!')
  expect(await next()).toBe('/../a.yml changed')
})

test('what is no longer followed is told of no more', async () => {
  const folder = makeFolder({ 'a.hbs': 'one', 'b.hbs': 'one' })
  const { tree, next } = watched(folder)
  const id = tree.follow(join(folder, 'a.hbs'))
  tree.follow(join(folder, 'b.hbs'))
  tree.unfollow(id)
  write(join(folder, 'a.hbs'), 'two')
  write(join(folder, 'b.hbs'), 'two')
  expect(await next()).toBe('/b.hbs changed')
})
