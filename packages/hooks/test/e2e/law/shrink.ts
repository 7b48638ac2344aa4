/** Smaller cases than one that fails, and how to tell that they fail for the same reason. */
import type { Violation } from './judge.ts'
import type { Source } from './source.ts'
import type { Case, Edit } from './state.ts'

/** What violations with the same cause have in common: the first place where the two sides differ, without its names. */
export function signature({ kind, hot, cold }: Violation): string {
  return `${kind} ${difference(hot, cold)}`.replace(/\b[vs]?\d+\b/g, 'N').replace(/[\w/.%-]*\/[\w/.% ü#-]+/g, 'PATH')
}

function difference(hot: unknown, cold: unknown): string {
  if (typeof hot !== 'object' || typeof cold !== 'object' || hot === null || cold === null) {
    const show = (value: unknown) => {
      if (typeof value !== 'object' || value === null) return String(value)
      const { error, caught } = value as { error?: string; caught?: string }
      return String(error ?? caught ?? 'value')
    }
    return `${show(hot)} | ${show(cold)}`
  }
  const [a, b] = [hot, cold] as Record<string, unknown>[]
  if (a!.error !== b!.error) return `${a!.error ?? 'value'} | ${b!.error ?? 'value'}`
  if (a!.caught !== b!.caught) return `${a!.caught ?? 'value'} | ${b!.caught ?? 'value'}`
  for (const key of Object.keys({ ...a, ...b })) {
    if (key === 'message' || JSON.stringify(a![key]) === JSON.stringify(b![key])) continue
    return difference(a![key], b![key])
  }
  return ''
}

/** Smaller cases, the most promising first. `end`: how many steps were made when the case failed. */
export function* smallerCases(test: Case, end = test.steps.length): IterableIterator<Case> {
  const { files, steps, observations } = test
  if (end < steps.length) yield { ...test, steps: steps.slice(0, end) }
  const without = <T>(list: readonly T[], index: number) => list.filter((_, other) => other !== index)
  if (steps.length > 2) yield { ...test, steps: steps.slice(Math.ceil(steps.length / 2)) }
  for (let i = 0; i < steps.length; i++) yield { ...test, steps: without(steps, i) }
  if (test.otherHooks !== 'nowhere') yield { ...test, otherHooks: 'nowhere' }
  if (test.ledger) yield { ...test, ledger: false }
  if (steps.some(({ racing }) => racing)) yield { ...test, steps: steps.map(step => ({ ...step, racing: false })) }
  for (let i = 0; i + 1 < steps.length; i++) {
    const edits = [...steps[i]!.edits, ...steps[i + 1]!.edits]
    yield { ...test, steps: [...steps.slice(0, i), { ...steps[i]!, edits }, ...steps.slice(i + 2)] }
  }
  for (let i = 0; i < observations.length && observations.length > 1; i++) {
    yield { ...test, observations: without(observations, i) }
  }
  if (files.size > 3) {
    for (const keep of [0, 1]) yield { ...test, files: new Map([...files].filter((_, index) => index % 2 === keep)) }
  }
  for (const path of files.keys()) yield { ...test, files: new Map([...files].filter(([other]) => other !== path)) }
  for (const [i, { edits }] of steps.entries()) {
    for (let j = 0; j < edits.length && edits.length > 1; j++) yield withEdits(test, i, without(edits, j))
  }
  if (steps.some(({ drive }) => drive === 'disk')) {
    yield { ...test, steps: steps.map(step => ({ ...step, drive: 'memory' as const })) }
  }
  for (const [path, source] of files) {
    for (const smaller of smallerSources(source)) yield { ...test, files: new Map(files).set(path, smaller) }
  }
  for (const [i, { edits }] of steps.entries()) {
    for (const [j, edit] of edits.entries()) {
      if (edit.op !== 'write') continue
      for (const source of smallerSources(edit.source)) {
        yield withEdits(
          test,
          i,
          edits.map((other, index) => (index === j ? { ...edit, source } : other)),
        )
      }
    }
  }
}

function* smallerSources(source: Source): Iterable<Source> {
  if (source.raw !== undefined && source.style === 'raw') return
  const { raw: _, ...rest } = source
  for (let i = 0; i < source.statements.length; i++) {
    yield { ...rest, statements: source.statements.filter((_, index) => index !== i) }
  }
}

function withEdits(test: Case, step: number, edits: readonly Edit[]): Case {
  return { ...test, steps: test.steps.map((other, index) => (index === step ? { ...other, edits } : other)) }
}
