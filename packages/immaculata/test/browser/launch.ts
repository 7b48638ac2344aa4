/** Starts the Chromium that is on this machine. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome.exe', 'msedge.exe']

/** Ends the process if there is none. */
export function launch(): Promise<Browser> {
  const executablePath =
    process.env.CHROMIUM ||
    (process.env.PATH ?? '')
      .split(delimiter)
      .flatMap(folder => names.map(name => join(folder, name)))
      .find(file => existsSync(file))
  if (!executablePath) {
    console.error(
      `There is no browser: none of ${names.join(', ')} is on the PATH. Install one, or name it in CHROMIUM.`,
    )
    process.exit(1)
  }
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  })
}
