/** A failing case as a reproduction that a person can read. */
import type { Violation } from './judge.ts'
import { render } from './source.ts'
import { type Case, textsOf } from './state.ts'

const indent = (text: string, by: string): string => text.trimEnd().replace(/^/gm, by)

export function describe(test: Case, violation: Violation): string {
  const lines: string[] = []
  const show = (path: string, text: string) => lines.push(`  ${path}`, indent(text, '    '))
  lines.push('files:')
  for (const [path, text] of textsOf(test.files)) show(path, text)
  if (test.layout !== 'one tree') lines.push(`with ${test.layout}`)
  if (test.ledger) lines.push('every evaluation registers with onModuleInvalidated')
  if (test.otherHooks !== 'nowhere') lines.push(`with other hooks ${test.otherHooks}`)
  const asked = test.observations.map(({ how, path, after, linked }) =>
    [how, path, linked ? 'through a link' : '', after === undefined ? '' : `from step ${after} on`]
      .filter(Boolean)
      .join(' '),
  )
  lines.push(`each time: ${asked.join(', ')}`)
  for (const [index, { edits, drive, racing }] of test.steps.entries()) {
    lines.push(`step ${index + 1}, ${drive}${racing ? ', imports racing it' : ''}:`)
    for (const edit of edits) {
      if (edit.op === 'write') show(`write ${edit.path} (${edit.save})`, render(edit.source, edit.path))
      else lines.push(`  ${edit.op} ${edit.path}${edit.op === 'rename' ? ` to ${edit.to}` : ''}`)
    }
  }
  const at = violation.observation ? `, ${violation.observation.how} ${violation.observation.path}` : ''
  lines.push(`VIOLATION of ${violation.kind} after step ${violation.step}${at}`)
  lines.push(`cold: ${JSON.stringify(violation.cold)}`, `hot:  ${JSON.stringify(violation.hot)}`)
  return lines.join('\n')
}
