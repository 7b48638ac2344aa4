/** `pnpm test:browser`: does the live page show the graph, a save, a module and an error? Also with 2,000 modules. Needs a Chromium. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { command } from '../asking.ts'
import { launch } from './launch.ts'

const { values } = parseArgs({ options: { shots: { type: 'string' } } })

const small = {
  'package.json': '{"type":"module"}',
  'server.js': `import { createServer } from 'node:http'
import { app } from './app.js'
createServer(app).listen(0)`,
  'app.js': `import { page } from './views/page.js'
export const app = (_request, response) => response.end(page)`,
  'views/page.js': `import { readFileSync } from 'node:fs'
export const page = readFileSync(new URL('./page.html', import.meta.url), 'utf8')`,
  'views/page.html': 'hello',
}

/** 2,000 modules in 40 folders, each imported by others. */
function large(): Record<string, string> {
  const files: Record<string, string> = {
    'package.json': '{"type":"module"}',
    'server.js': "import './d0/m0.js'\nsetInterval(() => {}, 1000)",
  }
  for (let index = 0; index < 2000; index++) {
    const imports = [2 * index + 1, 2 * index + 2, index + 40].filter(other => other < 2000)
    files[`d${index % 40}/m${index}.js`] = imports.map(other => `import '../d${other % 40}/m${other}.js'`).join('\n')
  }
  return files
}

const browser = await launch()
try {
  await withProgram(browser, small, async (page, put) => {
    await page.locator('#program', { hasText: 'server.js · 3 modules' }).waitFor()
    await shot(page, 'ui-idle')
    put('views/page.html', 'good evening')
    await page.locator('#saves li[data-result=live]', { hasText: 'views/page.html changed' }).waitFor()
    await shot(page, 'ui-save')
    await page.keyboard.press('/')
    await page.keyboard.type('page.js')
    await page.keyboard.press('Enter')
    await page.locator('#module dd', { hasText: 'views/page.html' }).waitFor()
    await page.locator('#module button', { hasText: 'app.js' }).click()
    await page.locator('#module h2', { hasText: 'app.js' }).waitFor()
    put('app.js', 'export const app = (')
    await page.locator('#trouble pre', { hasText: 'app.js:1:' }).waitFor()
    await page.emulateMedia({ colorScheme: 'dark' })
    await shot(page, 'ui-error')
    put('app.js', small['app.js'])
    await page.locator('#trouble').waitFor({ state: 'hidden' })
    await page.setViewportSize({ width: 390, height: 800 })
    await page.locator('#fit').click()
    await shot(page, 'ui-phone')
  })
  console.log('the live page shows the graph, saves, modules and errors')
  await withProgram(browser, large(), async (page, put) => {
    await page.locator('#program', { hasText: '2001 modules' }).waitFor()
    await shot(page, 'ui-large')
    put('d1/m1.js', 'export default 1')
    await page.locator('#saves li', { hasText: 'd1/m1.js changed' }).waitFor()
    await shot(page, 'ui-large-save')
    await page.keyboard.press('/')
    await page.keyboard.type('m1999')
    await page.keyboard.press('Enter')
    await page.locator('#module h2', { hasText: 'd39/m1999.js' }).waitFor()
    await page.locator('#expand').click()
    await shot(page, 'ui-large-expanded')
  })
  console.log('the live page shows 2,000 modules')
} finally {
  await browser.close()
}

async function withProgram(
  browser: Browser,
  files: Record<string, string>,
  use: (page: Page, put: (name: string, text: string) => void) => Promise<void>,
): Promise<void> {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'immaculata-ui-')))
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(cwd, name)), { recursive: true })
    writeFileSync(join(cwd, name), text)
  }
  for (const [name, text] of Object.entries(files)) put(name, text)
  const child = spawn(process.execPath, [command, '--ui', 'server.js'], { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise(resolve => child.once('exit', resolve))
  try {
    const url = await new Promise<string>(resolve => {
      let said = ''
      child.stderr.on('data', data => {
        said += data
        const [found] = /http:\S+/.exec(said) ?? []
        if (found) resolve(found)
      })
    })
    const page = await browser.newPage({ viewport: { width: 1400, height: 850 } })
    page.setDefaultTimeout(60_000)
    const errors: unknown[] = []
    page.on('pageerror', error => errors.push(error))
    await page.goto(url)
    await page.locator('#status[data-kind=live]').waitFor()
    await use(page, put)
    if (errors.length > 0) throw new AggregateError(errors)
    await page.close()
  } finally {
    child.kill('SIGTERM')
    await ended
    rmSync(cwd, { recursive: true, force: true })
  }
}

async function shot(page: Page, name: string): Promise<void> {
  if (values.shots) await page.screenshot({ path: join(values.shots, `${name}.png`) })
}
