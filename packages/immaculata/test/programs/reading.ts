/** Modules that read files, list folders, or import what is no JavaScript. */
import { answering, type Program, saves } from './program.ts'

export const reading: Program[] = [
  {
    name: 'YAML: a configuration that is read with fs/promises',
    files: {
      'config.yml': version => `word: ${version}\n`,
      'config.js': `import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

export const config = parse(await readFile('config.yml', 'utf8'))
`,
      'server.js': answering("import { config } from './config.js'", 'config'),
    },
    edits: saves('config.yml'),
  },
  {
    name: 'Handlebars: partials from a folder',
    files: {
      'views/_head.hbs': version => `head ${version}`,
      'view.js': `import { readdirSync, readFileSync } from 'node:fs'
import Handlebars from 'handlebars'

const folder = new URL('./views/', import.meta.url)
for (const name of readdirSync(folder)) {
  Handlebars.registerPartial(name.slice(1, -4), readFileSync(new URL(name, folder), 'utf8'))
}
export const page = Handlebars.compile('{{> head}}!')
`,
      'server.js': answering("import { page } from './view.js'", 'page({})'),
    },
    edits: saves('views/_head.hbs', 2),
  },
  {
    name: 'Pug: a template with an include',
    files: {
      'views/word.pug': version => `b word ${version}\n`,
      'views/page.pug': 'p\n  include word.pug\n',
      'view.js': "import pug from 'pug'\n\nexport const page = pug.compileFile('views/page.pug')\n",
      'server.js': answering("import { page } from './view.js'", 'page()'),
    },
    edits: [...saves('views/word.pug', 2), { file: 'views/page.pug', text: 'div\n  include word.pug\n' }],
  },
  {
    name: 'Fastify: folders of routes by autoload',
    files: {
      'routes/first.js': version => `export default async app => app.get('/', async () => 'first ${version}')\n`,
      'server.js': `import { join } from 'node:path'
import autoload from '@fastify/autoload'
import Fastify from 'fastify'
import { kept } from './kept.js'

const app = Fastify()
app.register(autoload, { dir: join(import.meta.dirname, 'routes') })
app.get('/kept', async () => kept)
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
`,
    },
    paths: ['/', '/second'],
    edits: [
      ...saves('routes/first.js', 1),
      { file: 'routes/second/index.js', text: "export default async app => app.get('/', async () => 'second')\n" },
      { file: 'routes/second/index.js', text: null },
    ],
  },
  {
    name: 'a folder that is listed, with what lies deeper',
    files: {
      'posts/a.md': version => `# a ${version}`,
      'posts.js': `import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const posts = readdirSync('posts', { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile())
  .map(entry => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'utf8')])
  .sort()
`,
      'server.js': answering("import { posts } from './posts.js'", 'posts'),
    },
    edits: [...saves('posts/a.md', 1), { file: 'posts/deep/b.md', text: '# b' }, { file: 'posts/a.md', text: null }],
  },
  {
    name: 'files that are found by a glob pattern, at once and asynchronously',
    files: {
      'pages/home.txt': version => `home ${version}`,
      'pages/blog/first.txt': 'first',
      'pages.js': `import { globSync, readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
export const pages = globSync('pages/**/*.txt').sort().map(name => [name, readFileSync(name, 'utf8')])
export const names = (await Array.fromAsync(glob('pages/*/*.txt'))).sort()
`,
      'server.js': answering("import { names, pages } from './pages.js'", '[pages, names]'),
    },
    edits: [
      { file: 'pages/home.txt' },
      { file: 'pages/blog/second.txt', text: 'second' },
      { file: 'pages/notes/third.txt', text: 'third' },
      { file: 'pages/blog/first.txt', text: null },
    ],
  },
  {
    name: 'a file that was looked for and not found',
    files: {
      'settings.js': `import { existsSync, readFileSync } from 'node:fs'

export const settings = existsSync('settings.local') ? readFileSync('settings.local', 'utf8') : 'none'
`,
      'server.js': answering("import { settings } from './settings.js'", 'settings'),
    },
    edits: [
      { file: 'settings.local', text: 'here' },
      { file: 'settings.local', text: 'changed' },
      { file: 'settings.local', text: null },
    ],
  },
  {
    name: 'a file type that a hook compiles',
    flags: ['--import', './compile-markdown.mjs'],
    files: {
      'compile-markdown.mjs': `import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

registerHooks({
  load(url, context, nextLoad) {
    const [file] = url.split('?')
    if (!file.endsWith('.md')) return nextLoad(url, context)
    const source = 'export default ' + JSON.stringify(readFileSync(new URL(file), 'utf8'))
    return { format: 'module', source, shortCircuit: true }
  },
})
`,
      'page.md': version => `# version ${version}`,
      'server.js': answering("import page from './page.md'", 'page'),
    },
    edits: saves('page.md', 2),
  },
  {
    name: 'a program that writes a file and imports it',
    files: {
      'word.js': version => `export const word = 'word ${version}'\n`,
      'server.js': answering(
        "import { writeFileSync } from 'node:fs'\nimport { word } from './word.js'",
        '[word, generated]',
        `writeFileSync(new URL('./generated.js', import.meta.url), 'export const generated = ' + JSON.stringify(word))
const { generated } = await import('./generated.js')`,
      ),
    },
    edits: saves('word.js', 2),
  },
  {
    name: 'files that are read in callbacks of timers: those of the evaluation, and those of the running program',
    files: {
      'kept.js': `import { readFile } from 'node:fs/promises'

export const kept = String(Math.random())
const waiting = []
export const running = () => new Promise(resolve => waiting.push(resolve))
setInterval(async () => {
  const text = await readFile('running.txt', 'utf8')
  for (const resolve of waiting.splice(0)) resolve(text)
}, 20)
`,
      'waits.js': `import { readFile } from 'node:fs'

export const waited = await new Promise(resolve => {
  setTimeout(() => readFile('waited.txt', 'utf8', (error, text) => resolve(text)), 5)
})
`,
      'soon.js': `import { readFile } from 'node:fs'

export const soon = {}
setImmediate(() =>
  readFile('soon.txt', 'utf8', (error, text) => {
    soon.text = text
  }),
)
`,
      'running.txt': version => `running ${version}`,
      'waited.txt': version => `waited ${version}`,
      'soon.txt': version => `soon ${version}`,
      'server.js': answering(
        "import { running } from './kept.js'\nimport { soon } from './soon.js'\nimport { waited } from './waits.js'",
        '[await running(), soon.text, waited]',
      ),
    },
    edits: [...saves('waited.txt', 2), ...saves('running.txt', 2), ...saves('soon.txt', 2)],
  },
]
