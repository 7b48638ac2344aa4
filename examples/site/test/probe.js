/** Loaded before the site's main.js. Counts what happens, and answers when the test asks for the counts. */
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

const site = pathToFileURL(process.cwd()).href
const counted = new URL('./shiki.js', import.meta.url).href

/** @type {{ evaluated: string[], created: number, disposed: number }} */
export const counts = { evaluated: [], created: 0, disposed: 0 }
Object.assign(globalThis, { counts })

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'shiki' && context.parentURL?.startsWith(`${site}/site/`)
      ? { url: counted, shortCircuit: true }
      : next(specifier, context),
  // Each module reports its own evaluation.
  load(url, context, next) {
    const result = /** @type {import('node:module').LoadFnOutput} */ (next(url, context))
    if (!url.startsWith(`${site}/site/`)) return result
    const name = url.slice(`${site}/site/`.length).replace(/\?.*$/, '')
    return { ...result, source: `${result.source}\nglobalThis.counts.evaluated.push(${JSON.stringify(name)})` }
  },
})

/** @type {unknown[]} */
let shown = []

process.on('message', async () => {
  const { tree } = await import(`${site}/tree.js`)
  const evaluated = counts.evaluated.splice(0)
  const { pages } = await import(`${site}/site/pages.ts`)
  /** @type {{ title: string }[]} */
  const now = pages()
  const rendered = now.filter(page => !shown.includes(page)).map(page => page.title)
  shown = now
  const files = [...tree.files.keys()].length
  process.send?.({ ...counts, evaluated, rendered, files })
})
