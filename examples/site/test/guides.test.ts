/** Runs the programs of the guides, with the edit that their remark names, and follows every link of the site. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { nodes } from './nodes.ts'
import { until } from './running.ts'

const site = join(import.meta.dirname, '..')
const guides = join(site, 'site/pages/guides')
const packages = join(site, '../../packages/immaculata')

interface Remark {
  entry: string
  /** It makes its own tree: run it with `node`. */
  plain?: boolean
  /** What a server answers before and after the edit. */
  before?: string
  after?: string
  /** What a program prints before and after the edit. */
  prints?: string
  then?: string
  edit?: [file: string, from: string, to: string]
}

const temporary = () => realpathSync(mkdtempSync(join(tmpdir(), 'immaculata-guides-')))
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const programs = globSync('*.md', { cwd: guides })
  .sort()
  .flatMap(name => {
    const text = readFileSync(join(guides, name), 'utf8')
    const [, remark] = /<!-- try: (.*?) -->/.exec(text) ?? []
    return remark === undefined ? [] : [{ name, text, remark: JSON.parse(remark) as Remark }]
  })

describe('a guide', () => {
  // Each on one Node: what they show is tested on all of them elsewhere.
  test.each(programs.map((program, index) => ({ ...program, node: nodes[index % nodes.length]! })))(
    '$name: its program does what it says, before and after the edit',
    async ({ text, remark, node: [, node] }) => {
      const cwd = temporary()
      ends.push(() => rmSync(cwd, { recursive: true, force: true }))
      const put = (name: string, content: string) => {
        mkdirSync(dirname(join(cwd, name)), { recursive: true })
        writeFileSync(join(cwd, name), content)
      }
      put('package.json', '{"type":"module"}')
      const files = new Map(
        [...text.matchAll(/```\w+ (\S+)\n(.*?)```/gs)].map(([, name, content]) => [name!, content!]),
      )
      for (const [name, content] of files) put(name, content)
      mkdirSync(join(cwd, 'node_modules'))
      for (const name of ['express'])
        symlinkSync(realpathSync(join(packages, 'node_modules', name)), join(cwd, 'node_modules', name))
      symlinkSync(packages, join(cwd, 'node_modules/immaculata'))
      const port = String(await freePort())
      const command = remark.plain ? [remark.entry] : [join(packages, 'immaculata.js'), remark.entry]
      const child = spawn(node, command, {
        cwd,
        env: { ...process.env, PORT: port },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      ends.push(() => ended(child))
      let output = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (output += data))
      const answers = async (wanted: string) => {
        await until(async () => (await ask(port)).includes(wanted), `${wanted}; it said ${output}`)
      }
      if (remark.before) await answers(remark.before)
      if (remark.prints) await until(() => output.includes(remark.prints!), `${remark.prints} in ${output}`)
      if (!remark.edit) return
      const [file, from, to] = remark.edit
      expect(files.get(file)).toContain(from)
      put(file, files.get(file)!.replace(from, to))
      if (remark.after) await answers(remark.after)
      if (remark.then) await until(() => output.includes(remark.then!), `${remark.then} in ${output}`)
    },
  )

  test('each of them that has a whole program is run', () => {
    expect(programs.length).toBeGreaterThan(5)
  })
})

test('every link of the built site leads to a page, and to a heading that is there', () => {
  const folder = temporary()
  ends.push(() => rmSync(folder, { recursive: true, force: true }))
  execFileSync(nodes.at(-1)![1], ['build.js', folder], { cwd: site })
  const pages = globSync('**/*.html', { cwd: folder })
  expect(pages.length).toBeGreaterThan(20)
  const broken: string[] = []
  for (const page of pages) {
    const html = readFileSync(join(folder, page), 'utf8').replace(/<pre.*?<\/pre>/gs, '')
    for (const [, link] of html.matchAll(/(?:href|src)="([^"]+)"/g)) {
      if (/^(?:https?:|data:)/.test(link!)) continue
      const [path, anchor] = link!.split('#') as [string, string?]
      const target = path === '' ? page : path.endsWith('/') ? `${path}index.html` : path
      const file = join(folder, target)
      if (!existsSync(file)) broken.push(`${page}: ${link}`)
      else if (anchor && !readFileSync(file, 'utf8').includes(`id="${anchor}"`)) broken.push(`${page}: ${link}`)
    }
  }
  expect(broken).toEqual([])
  const found = JSON.parse(readFileSync(join(folder, 'search.json'), 'utf8')) as { path: string }[]
  expect(found.map(({ path }) => path)).toContain('/guides/a-server/')
})

async function ask(port: string): Promise<string> {
  try {
    return await (await fetch(`http://127.0.0.1:${port}/`)).text()
  } catch {
    return ''
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

function ended(child: ChildProcess): Promise<unknown> | undefined {
  if (child.exitCode !== null || child.signalCode !== null) return undefined
  const end = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  return end
}
