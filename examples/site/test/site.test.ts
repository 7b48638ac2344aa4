import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodes } from './nodes.ts'
import { RunningSite, until } from './running.ts'

const run = promisify(execFile)

const everyPage = [
  'Native hot modules for Node.js',
  'The packages',
  'The order of an update',
  'Lifetimes',
  'Limits',
  'How this site works',
  'I have a server',
  'Nest, and other programs with a compiler',
  'A worker, a bot, a queue',
  'Pages and templates',
  'A tool, or a library that hosts plugins',
  'Coming from another tool',
  'Next’s custom server',
  'Test what a save does',
  'Debugging',
  'Docker, WSL, PM2, monorepos',
]
const renderer = ['markdown.ts', 'pages.ts', 'site.ts']

interface Edit {
  path: string
  evaluated: string[]
  rendered: string[]
  highlighter: 'stays' | 'is disposed, and made anew'
}

const edits: Edit[] = [
  { path: 'pages/4-limits.md', evaluated: [], rendered: ['Limits'], highlighter: 'stays' },
  { path: 'assets/style.css', evaluated: [], rendered: [], highlighter: 'stays' },
  {
    path: 'templates/navigation.tsx',
    evaluated: ['templates/navigation.tsx', 'templates/document.tsx', 'site.ts'],
    rendered: [],
    highlighter: 'stays',
  },
  {
    path: 'templates/document.tsx',
    evaluated: ['templates/document.tsx', 'site.ts'],
    rendered: [],
    highlighter: 'stays',
  },
  { path: 'helpers/slug.ts', evaluated: ['helpers/slug.ts', ...renderer], rendered: everyPage, highlighter: 'stays' },
  {
    path: 'highlighter.ts',
    evaluated: ['highlighter.ts', ...renderer],
    rendered: everyPage,
    highlighter: 'is disposed, and made anew',
  },
  {
    path: 'helpers/themes.ts',
    evaluated: ['helpers/themes.ts', 'highlighter.ts', ...renderer],
    rendered: everyPage,
    highlighter: 'is disposed, and made anew',
  },
]

describe.each(nodes)('the site on Node %s', (_, node) => {
  let site: RunningSite
  beforeAll(async () => {
    site = await RunningSite.start(node)
  })
  afterAll(() => site.close())

  test('evaluates each module once at the start, with one highlighter', async () => {
    const { evaluated, created, disposed } = await site.report()
    expect(evaluated.toSorted()).toEqual([
      'helpers/slug.ts',
      'helpers/themes.ts',
      'highlighter.ts',
      'markdown.ts',
      'pages.ts',
      'site.ts',
      'templates/document.tsx',
      'templates/headings.tsx',
      'templates/navigation.tsx',
      'templates/neighbours.tsx',
    ])
    expect([created, disposed]).toEqual([1, 0])
  })

  test.each(edits)('after a save of $path, the highlighter $highlighter', async edit => {
    const before = await site.report()
    expect(before.evaluated).toEqual([])

    site.edit(edit.path, text => text + (/\.tsx?$/.test(edit.path) ? '// edited\n' : '\n'))
    await site.refreshed()

    const after = await site.report()
    expect(after.evaluated).toEqual(edit.evaluated)
    expect(after.rendered).toEqual(edit.rendered)
    const anew = edit.highlighter === 'stays' ? 0 : 1
    expect([after.created - before.created, after.disposed - before.disposed]).toEqual([anew, anew])
  })

  test('shows a page as it was saved last', async () => {
    site.edit('pages/0-index.md', text => text.replace('Save a file', 'Save any file'))
    await site.refreshed()
    expect((await site.get()).body).toContain('<p>Save any file')
  })

  test('shows a page that appeared, and no longer one that was removed', async () => {
    expect((await site.get('news/')).status).toBe(404)

    writeFileSync(site.place('pages/6-news.md'), '# News\n')
    await site.refreshed()
    expect((await site.get('news/')).body).toContain('<h1 id="news">News</h1>')

    rmSync(site.place('pages/6-news.md'))
    await site.refreshed()
    expect((await site.get('news/')).status).toBe(404)
    expect((await site.report()).evaluated).toEqual([])
  })

  test('reports a syntax error with its file, lives on, and is fresh again at the next good save', async () => {
    const { created, disposed } = await site.report()
    const good = readFileSync(site.place('templates/navigation.tsx'), 'utf8')
    site.edit('templates/navigation.tsx', text => text.replace('<nav', '<nav <'))
    await site.printed(`${site.place('templates/navigation.tsx')}:6:11`)
    expect((await site.get()).status).toBe(500)
    expect((await site.get()).body).toContain('navigation.tsx:6:11')

    writeFileSync(site.place('templates/navigation.tsx'), good.replace('class="name"', 'class="name again"'))
    await site.refreshed()
    expect(site.isAlive).toBe(true)
    expect((await site.get()).body).toContain('class="name again"')
    const after = await site.report()
    expect(after.evaluated).toEqual(['templates/navigation.tsx', 'templates/document.tsx', 'site.ts'])
    expect(after).toMatchObject({ created, disposed, rendered: [] })
  })

  test('never leaks a highlighter, however fast its module is saved', async () => {
    for (let save = 1; save <= 5; save++) {
      site.edit('highlighter.ts', text => `${text}// save ${save}\n`)
      await new Promise(resolve => setTimeout(resolve, save * 15))
    }
    site.edit('highlighter.ts', text => text.replace('return highlighter', "return '<pre hidden></pre>' + highlighter"))
    await until(async () => (await site.get()).body.includes('<pre hidden></pre>'), 'the last save to be served')
    const { created, disposed } = await site.report()
    expect(created - disposed).toBe(1)
  })

  test('disposes the highlighter when its file is removed, and makes one when it is back', async () => {
    const text = readFileSync(site.place('highlighter.ts'), 'utf8')
    rmSync(site.place('highlighter.ts'))
    await site.printed('ERR_MODULE_NOT_FOUND')
    expect((await site.get()).status).toBe(500)

    writeFileSync(site.place('highlighter.ts'), text)
    await until(async () => (await site.get()).status === 200, 'the site to be back')
    const { created, disposed } = await site.report()
    expect(created - disposed).toBe(1)
  })

  test('serves, after all those edits, what a build by a new process writes', async () => {
    await run(node, ['build.js', 'out'], { cwd: site.folder })
    for (const path of ['', 'the-packages/', 'limits/']) {
      const built = readFileSync(join(site.folder, 'out', path, 'index.html'), 'utf8')
      const { body } = await site.get(path)
      expect(body.replace(/<script>new EventSource[^<]*<\/script>$/, '')).toBe(built)
    }
    expect((await site.get('style.css')).body).toBe(readFileSync(join(site.folder, 'out/style.css'), 'utf8'))
  })
})

test.each(nodes)('the compiler may as well be registered after the tree, on Node %s', async (_, node) => {
  const hooks = ['registerHooks({ load: compile })', 'registerHooks(useTree(tree))']
  const site = await RunningSite.start(node, text => {
    const swapped = text.replace(hooks.join('\n'), hooks.toReversed().join('\n'))
    expect(swapped).not.toBe(text)
    return swapped
  })
  try {
    await site.report()
    site.edit('templates/navigation.tsx', text => text.replaceAll('ul>', 'ol>'))
    await site.refreshed()
    expect((await site.get()).body).toContain('<ol><li>')
    const { evaluated } = await site.report()
    expect(evaluated).toEqual(['templates/navigation.tsx', 'templates/document.tsx', 'site.ts'])
  } finally {
    await site.close()
  }
})
