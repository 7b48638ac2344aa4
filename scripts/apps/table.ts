/** The results as a table in Markdown. */
import type { Result } from './trial.ts'

export function table(results: readonly Result[]): string {
  const names = [...new Set(results.map(({ recipe }) => recipe.name))]
  const rows = names.map(name => {
    const hot = results.find(({ recipe, tool }) => recipe.name === name && tool === 'immaculata')
    const watch = results.find(({ recipe, tool }) => recipe.name === name && tool === 'watch')
    const { kind, repository } = (hot ?? watch)!.recipe
    const cells = [
      `[${name}](https://github.com/${repository})`,
      kind,
      hot ? rightOf(hot) : '',
      hot ? String(hot.steps.filter(({ restarted }) => restarted).length) : '',
      hot ? timeOf(hot) : '',
      watch ? `${rightOf(watch)}, ${timeOf(watch)}` : '',
      hot?.after && hot.before ? `${grown(hot)}${hot.quick ? '' : ', wrong'}` : '',
      hot?.interrupted
        ? hot.interrupted.plain === hot.interrupted.tool
          ? 'as Node'
          : `${hot.interrupted.tool}, Node ${hot.interrupted.plain}`
        : '',
    ]
    return `| ${cells.join(' | ')} |`
  })
  const head = [
    'application',
    'kind',
    'edits right',
    'restarts',
    'save → answer',
    '`node --watch`',
    'after 50 quick saves',
    'Ctrl-C',
  ]
  return [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...rows].join('\n')
}

function rightOf({ started, steps }: Result): string {
  if (!started) return 'does not start'
  return `${steps.filter(({ right }) => right).length} of ${steps.length}`
}

function timeOf({ steps }: Result): string {
  const times = steps.flatMap(({ time }) => (time === undefined ? [] : [time])).sort((a, b) => a - b)
  return times.length === 0 ? '–' : `${Math.round(times[times.length >> 1]!)} ms`
}

function grown({ before, after }: Result): string {
  const facts = (['sockets', 'timers', 'listeners'] as const)
    .filter(name => after![name] > before![name])
    .map(name => `${name} ${before![name]} → ${after![name]}`)
  return [`${before!.rss.toFixed(0)} → ${after!.rss.toFixed(0)} MB`, ...facts].join(', ')
}
