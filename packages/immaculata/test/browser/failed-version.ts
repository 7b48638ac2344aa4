/**
 * `pnpm test:page`: does a real browser show the page of a failed version as it is meant to be, and come back by itself? Needs a Chromium: on
 * the PATH, or named in CHROMIUM. `--screenshot FILE` keeps a picture of the page.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { command, freePort, request } from '../asking.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome.exe', 'msedge.exe']
const folders = (process.env.PATH ?? '').split(delimiter)
const executablePath =
  process.env.CHROMIUM ??
  folders.flatMap(folder => names.map(name => join(folder, name))).find(file => existsSync(file))
if (executablePath === undefined) {
  console.error(`There is no browser: none of ${names.join(', ')} is on the PATH. Install one, or name it in CHROMIUM.`)
  process.exit(1)
}

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'failed-version-')))
const save = (name: string, text: string) => writeFileSync(join(cwd, name), text)
save('package.json', '{ "type": "module" }')
save(
  'server.js',
  `import { createServer } from 'node:http'
import { greeting } from './greeting.js'
const rows = '<p>row</p>'.repeat(200)
createServer((request, response) => {
  response.setHeader('content-type', 'text/html')
  response.end('<h1>' + greeting + '</h1><p class=at>' + request.method + ' ' + request.url + '</p>' + rows)
}).listen(process.env.PORT, '127.0.0.1', () => console.log('listening'))
`,
)
save('greeting.js', `export const greeting = 'one'\n`)
/** What must not run, nor be shown to strangers. */
const broken = `export const greeting = 'two'
throw new Error('<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>') // a secret
`

const port = await freePort()
const program = spawn(process.execPath, [command, 'server.js'], {
  cwd,
  env: { ...process.env, PORT: String(port) },
  stdio: ['ignore', 'pipe', 'inherit'],
})
let browser: Browser | undefined
try {
  await new Promise(resolve => program.stdout.once('data', resolve))
  browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--host-resolver-rules=MAP stranger.test 127.0.0.1',
    ],
  })
  const page = await browser.newPage()
  page.setDefaultTimeout(15_000)
  const place = `http://localhost:${port}/some/where?page=2`
  await page.goto(place)
  await page.locator('h1', { hasText: 'one' }).waitFor()

  save('greeting.js', broken)
  await answers(503)
  await page.reload()
  const text = await page
    .locator('body')
    .textContent()
    .then(text => text ?? '')
  check(text.includes('This version failed while it was evaluated'), 'the page says what has happened')
  check(text.includes('greeting.js:2:7') && text.includes('// a secret'), 'the page has the place, and the line itself')
  check(text.includes('→ greeting.js changed'), 'the page has the plan: what the save re-evaluates')
  check((await page.evaluate('window.harmed')) === undefined, 'nothing in the message is taken for HTML')
  const at = process.argv.indexOf('--screenshot')
  if (at > 0) await page.screenshot({ path: process.argv[at + 1]! })

  const stranger = await browser.newPage()
  await stranger.goto(`http://stranger.test:${port}/`)
  const toStranger = await stranger
    .locator('body')
    .textContent()
    .then(text => text ?? '')
  check(
    toStranger.includes('Error:') && !toStranger.includes('secret'),
    'a foreign Host sees the message, and no source',
  )
  await page.setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.113.7' })
  await page.reload()
  check(
    !(
      await page
        .locator('body')
        .textContent()
        .then(text => text ?? '')
    ).includes('secret'),
    'a request that came through a proxy sees no source',
  )
  await page.setExtraHTTPHeaders({})

  save('greeting.js', `export const greeting = 'three'\n`)
  await page.locator('h1', { hasText: 'three' }).waitFor()
  check(page.url() === place, 'the page comes back by itself, where it was')
  check(
    (await page
      .locator('.at')
      .textContent()
      .then(text => text ?? '')) === 'GET /some/where?page=2',
    'it asks for the same page again',
  )

  await page.setContent(`<form method=post action="http://localhost:${port}/order"><button>Order</button></form>`)
  save('greeting.js', broken)
  await answers(503)
  await page.locator('button').click()
  await page.locator('h1', { hasText: 'failed' }).waitFor()
  const posts: string[] = []
  page.on('request', each => posts.push(each.method()))
  save('greeting.js', `export const greeting = 'four'\n`)
  await answers(200)
  await page.waitForTimeout(1_500)
  check(!posts.includes('POST'), 'a form that was sent is not sent again')
} finally {
  await browser?.close()
  program.kill()
  rmSync(cwd, { recursive: true, force: true })
}

async function answers(status: number): Promise<void> {
  while ((await request(port)).status !== status) await new Promise(resolve => setTimeout(resolve, 20))
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`It is not so: ${what}`)
  console.log(`It is so: ${what}`)
}
