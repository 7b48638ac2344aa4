/** Shows for every update of a running site what was saved, which modules were re-evaluated and why, and what stayed. */
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import { useTree } from 'immaculata/hooks.js'

/**
 * Call it when the site is up. The result's `next` resolves when an update was shown, with `false` if the update failed.
 * @param {import('immaculata').FileTree} tree
 * @param {(line: string) => void} say
 */
export async function follow(tree, say) {
  const hot = useTree(tree)
  const entry = tree.urlOf('/site.ts')
  /** @param {string} id */
  const name = id => tree.pathOf(id)?.slice(1) ?? id
  /** @returns {Promise<{ title: string }[]>} */
  const pages = async () => (await import(tree.urlOf('/pages.ts'))).pages()

  /** Every module of the site, dependencies first, with its current version. */
  function modules(id = entry, found = new Map()) {
    if (found.has(id)) return found
    found.set(id, 0) // ends a circle that leads back here
    for (const dependency of hot.graph.dependenciesOf(id)) modules(dependency, found)
    found.delete(id)
    return found.set(id, hot.graph.version(id))
  }

  let shownModules = modules()
  let shownPages = await pages()
  let disposed = false
  let published = 0
  /** @type {(succeeded: boolean) => void} */
  let tell = () => {}
  /** Why a module is stale. Kept through failed updates, until it is re-evaluated. @type {Map<string, readonly string[]>} */
  const chains = new Map()

  // A second cleanup in the scope that has the highlighter's own: both are called, or none.
  const watchHighlighter = () => hot.onModuleInvalidated(tree.urlOf('/highlighter.ts'), () => (disposed = true))
  watchHighlighter()

  hot.on('updated', ({ stale }) => {
    published = performance.now()
    for (const { module, chain } of stale) chains.set(module.id, chain)
  })

  tree.on('error', (/** @type {unknown} */ error) => {
    row('failed', styleText('red', error instanceof Error ? error.message : String(error)))
    say(styleText('dim', '           Nothing is lost: the process lives, and the next save is tried afresh.\n'))
    tell(false)
  })

  tree.on('filesUpdated', async changes => {
    row('saved', ...changes.map(({ path, kind }) => path.slice(1) + (kind === 'changed' ? '' : ` (${kind})`)))
    const begun = published
    try {
      await import(entry)
    } catch {
      return // main.js imports the same, so its failure is shown as the 'error' above
    }
    const evaluating = performance.now() - begun
    const [nowModules, nowPages] = [modules(), await pages()]
    const rendering = performance.now() - begun - evaluating
    const all = sinceSave(changes)
    const times = [all - evaluating - rendering, evaluating, rendering].map(Math.round)
    const ids = [...nowModules.keys()]
    const evaluated = ids.filter(id => nowModules.get(id) !== shownModules.get(id))
    const width = Math.max(...evaluated.map(id => name(id).length))

    if (disposed) row('disposed', 'the old highlighter')
    row('evaluated', ...evaluated.map(id => `${name(id).padEnd(width)}  ${styleText('dim', reason(id))}`))
    row(
      'stayed',
      ids
        .filter(id => !evaluated.includes(id))
        .map(name)
        .join(', '),
    )
    row('rendered', `${nowPages.filter(page => !shownPages.includes(page)).length} of ${nowPages.length} pages`)
    row(
      'took',
      `${Math.round(all)} ms since the save: ${times[0]} to notice and publish, ${times[1]} to evaluate, ${times[2]} to render`,
    )
    say('')

    if (disposed) watchHighlighter()
    ;[shownModules, shownPages, disposed] = [nowModules, nowPages, false]
    chains.clear()
    tell(true)
  })

  /** @param {string} id */
  function reason(id) {
    const chain = chains.get(id)
    if (!chain) return 'is new'
    return chain.length === 1
      ? 'was saved'
      : chain
          .slice(0, -1)
          .reverse()
          .map(link => `← ${name(link)}`)
          .join(' ')
  }

  /** @param {readonly { path: string }[]} changes */
  function sinceSave(changes) {
    const times = changes.map(
      ({ path }) => statSync(fileURLToPath(tree.root + path), { throwIfNoEntry: false })?.ctimeMs,
    )
    return Date.now() - Math.max(...times.map(time => time ?? 0))
  }

  /** @param {string} label @param {string[]} lines */
  function row(label, ...lines) {
    if (lines.length === 0) lines = ['nothing']
    for (const [index, line] of lines.entries()) {
      say(styleText('cyan', (index === 0 ? label : '').padEnd(11)) + line)
    }
  }

  return {
    modules: shownModules.size,
    pages: shownPages.length,
    next: () => new Promise(resolve => (tell = resolve)),
  }
}
