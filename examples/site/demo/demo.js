/** Shows hot modules at work: starts a copy of the site, saves one edit by itself, and then waits for yours. `--once`: ends after its own. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { styleText } from 'node:util'
import { copySite, removeCopy } from './copy.js'
import { follow } from './follow.js'

const once = process.argv.includes('--once') || process.env.CI === 'true'
const patience = 20_000 // after so many ms without an effect, an edit has failed

const folder = copySite()
process.on('exit', () => removeCopy(folder))
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => process.exit(0))

say(styleText('bold', '\nOne process, and a site that is edited while it runs.'))
say(styleText('dim', `Node ${process.version}, process ${process.pid}, in a copy of examples/site\n`))

process.env.PORT ??= '0'
const begun = performance.now()
const { server } = await import(pathToFileURL(join(folder, 'main.js')).href)
const { tree } = await import(pathToFileURL(join(folder, 'tree.js')).href)
const loop = await follow(tree, say)
say(
  `${loop.modules} modules evaluated, ${loop.pages} pages rendered, in ${Math.round(performance.now() - begun)} ms.\n`,
)

say('Now it saves an edit by itself: other colours for the code, in helpers/themes.ts.\n')
const before = await home()
const told = loop.next()
const file = join(folder, 'site', 'helpers', 'themes.ts')
writeFileSync(
  file,
  readFileSync(file, 'utf8').replace('github-light-default', 'solarized-light').replace('github-dark-default', 'nord'),
)

const succeeded = await Promise.race([told, new Promise(resolve => setTimeout(resolve, patience, false).unref())])
if (!succeeded || (await home()) === before) {
  say(styleText('red', 'The edit was saved, and the page is still the same as before.'))
  process.exit(1)
}
say(styleText('green', 'The page has its new colours, and the process is the one from above.\n'))
if (once) process.exit(0)

say(`Now you:  open  ${styleText('bold', server.url)}`)
say(`          edit  ${styleText('bold', join(folder, 'site'))}`)
say(styleText('dim', '\nCtrl-C ends it and removes the folder. Nothing outside of it is touched.\n'))

/** @param {string} line */
function say(line) {
  console.log(line)
}

async function home() {
  return (await fetch(server.url)).text()
}
