/** `pnpm browser`: does a real browser show each save by itself? Needs a Chromium: on the PATH, or named in CHROMIUM. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'
import { copySite, removeCopy } from '../demo/copy.js'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome.exe', 'msedge.exe']
const folders = (process.env.PATH ?? '').split(delimiter)
const executablePath =
  process.env.CHROMIUM ||
  folders.flatMap(folder => names.map(name => join(folder, name))).find(file => existsSync(file))
if (!executablePath) {
  console.error(`There is no browser: none of ${names.join(', ')} is on the PATH. Install one, or name it in CHROMIUM.`)
  process.exit(1)
}

const folder = copySite()
const site = spawn(process.execPath, ['main.js'], { cwd: folder, env: { ...process.env, PORT: '0' } })
site.stderr.pipe(process.stderr)
let browser
try {
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  })
  const url = await new Promise(resolve => {
    createInterface({ input: site.stdout }).on('line', line => resolve(/http:\S+/.exec(line)?.[0]))
  })
  const page = await browser.newPage()
  page.setDefaultTimeout(15_000)
  await page.goto(url)

  edit('pages/0-index.md', text => text.replace('Save a file', 'Save any file'))
  await page.locator('p', { hasText: 'Save any file' }).waitFor()
  console.log('The browser shows a page as it was saved')

  edit('templates/navigation.tsx', text => text.replace('immaculata', 'renamed'))
  await page.locator('a.name', { hasText: 'renamed' }).waitFor()
  console.log('The browser shows a template as it was saved')

  edit('helpers/themes.ts', text => text.replace('github-light-default', 'nord'))
  await page.locator('pre.nord').first().waitFor()
  console.log('The browser shows code in the colours that were saved')
} finally {
  await browser?.close()
  site.kill()
  removeCopy(folder)
}

/** @param {string} path @param {(text: string) => string} change */
function edit(path, change) {
  const file = join(folder, 'site', path)
  writeFileSync(file, change(readFileSync(file, 'utf8')))
}
