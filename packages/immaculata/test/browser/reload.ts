/**
 * `pnpm test:browser`: does a real browser follow each save, in every framework? Needs a Chromium: on the PATH, or named in CHROMIUM;
 * and `openssl`, for a certificate, without which no browser speaks HTTP/2.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { command } from '../asking.ts'
import { launch } from './launch.ts'

// What the browser has, for the functions that run in it.
declare const scrollY: number
declare function scrollTo(left: number, top: number): void
declare function getComputedStyle(element: unknown): { color: string }
declare const document: { querySelector(selector: string): unknown }

const { values } = parseArgs({ options: { shots: { type: 'string' } } })
const title = (text: string) => `export const title = ${JSON.stringify(text)}`
const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'immaculata-browser-')))
const put = (name: string, text: string) => writeFileSync(join(cwd, name), text)
mkdirSync(join(cwd, 'public'))
put('package.json', '{"type":"module"}')
put('title.js', title('one'))
put('public/style.css', 'h1 { color: rgb(1, 2, 3) }')
copyFileSync(fileURLToPath(new URL('../e2e/reload-servers.js', import.meta.url)), join(cwd, 'server.js'))
symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(cwd, 'node_modules'))
const files = ['-keyout', 'key.pem', '-out', 'cert.pem']
execFileSync(
  'openssl',
  ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', ...files],
  {
    cwd,
    stdio: 'ignore',
  },
)

let program: ChildProcess | undefined
let browser: Browser | undefined
try {
  const child = spawn(process.execPath, [command, '--reload', '--include', 'public', 'server.js'], {
    cwd,
    stdio: 'pipe',
  })
  program = child
  const ports = new Map<string, number>()
  const lines = createInterface({ input: child.stdout })
  const all = new Promise<void>(resolve => {
    lines.on('line', line => {
      const [, name, port] = /^(\w+) on (\d+)$/.exec(line) ?? []
      if (name) ports.set(name, Number(port))
      if (ports.size === 9) resolve()
    })
  })
  child.stderr.resume()
  await all
  browser = await launch()
  for (const name of ['express', 'fastify', 'koa', 'hono', 'react', 'policy', 'secure']) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    const errors: string[] = []
    page.on('pageerror', error => errors.push(String(error)))
    await page.goto(`${name === 'secure' ? 'https' : 'http'}://localhost:${ports.get(name)}/`)
    await follow(page, name)
    if (errors.length > 0) throw new Error(`${name}: ${errors.join('\n')}`)
    await context.close()
    console.log(`${name}: the browser follows`)
  }
} finally {
  await browser?.close()
  if (program && program.exitCode === null) {
    const ended = new Promise(resolve => program!.once('exit', resolve))
    program.kill('SIGTERM')
    await ended
  }
  rmSync(cwd, { recursive: true, force: true })
}

async function follow(page: Page, name: string): Promise<void> {
  put('title.js', title('one'))
  const heading = (text: string) => page.locator('h1', { hasText: text }).waitFor()
  const overlay = page.locator('immaculata-overlay')
  await heading(`${name} one`)
  await page.evaluate(() => scrollTo(0, 700))

  put('title.js', title('two'))
  await heading(`${name} two`)
  await page.waitForFunction(() => scrollY === 700)

  // A save that is held: the page stays, with what Node says, until it is mended.
  put('title.js', 'export const title = (')
  await overlay.locator('pre', { hasText: 'title.js:1:' }).waitFor()
  if (values.shots) await page.screenshot({ path: join(values.shots, `overlay-${name}.png`) })
  await page.keyboard.press('Escape')
  await overlay.waitFor({ state: 'detached' })
  put('title.js', title('three'))
  await heading(`${name} three`)

  // A version that fails: the same, and a page that was opened meanwhile comes back as well.
  put('title.js', `${title('bad')}\nthrow new Error('boom')`)
  await overlay.locator('pre', { hasText: 'boom' }).waitFor()
  put('title.js', title('four'))
  await heading(`${name} four`)
  await overlay.waitFor({ state: 'detached' })

  if (name !== 'express') return
  // A style sheet is exchanged in the page, which keeps its state.
  await page.evaluate(() => {
    ;(globalThis as { marker?: number }).marker = 1
  })
  put('public/style.css', 'h1 { color: rgb(4, 5, 6) }')
  await page.waitForFunction(() => getComputedStyle(document.querySelector('h1')).color === 'rgb(4, 5, 6)')
  if ((await page.evaluate(() => (globalThis as { marker?: number }).marker)) !== 1)
    throw new Error('the page was reloaded')
}
