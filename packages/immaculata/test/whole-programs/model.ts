/**
 * Random whole programs. Receivers hold something; contributors leave something on them; readers depend on files; tickers go on
 * after their evaluation. The entry point serves what all of them answer.
 */
import type { Random } from './random.ts'

/** What a receiver holds, and how it is added to. */
export const receiverKinds = [
  'array',
  'hidden',
  'map',
  'set',
  'closures',
  'emitter',
  'target',
  'prototype',
  'counter',
] as const
/** When, and by whom, a contributor adds. */
export const ways = ['top', 'await', 'unawaited', 'handed', 'dynamic', 'second'] as const
export const readerKinds = ['file', 'file-async', 'folder', 'exists'] as const
export const tickerKinds = ['interval', 'sleep'] as const

export interface Receiver {
  readonly type: 'receiver'
  readonly name: string
  readonly kind: (typeof receiverKinds)[number]
  readonly commonJS: boolean
  version: number
}

export interface Contributor {
  readonly type: 'contributor'
  readonly name: string
  readonly way: (typeof ways)[number]
  readonly receiver: Receiver
  readonly commonJS: boolean
  version: number
  /** How many things it adds. */
  adds: number
  /** Whether it was re-evaluated while it added something. Before that, nobody can know that plain data was its. */
  seenToAdd: boolean
}

export interface Reader {
  readonly type: 'reader'
  readonly name: string
  readonly kind: (typeof readerKinds)[number]
  version: number
  /** The file that it reads or looks for, or the files in its folder. */
  data: Record<string, string>
}

export interface Ticker {
  readonly type: 'ticker'
  readonly name: string
  readonly kind: (typeof tickerKinds)[number]
  version: number
}

export type Part = Receiver | Contributor | Reader | Ticker

export interface Model {
  readonly parts: readonly Part[]
  /** Whether a module's evaluation throws at present. */
  broken: Part | undefined
}

export function generate(random: Random): Model {
  const receivers = Array.from(
    { length: 1 + random.int(3) },
    (_, index): Receiver => ({
      type: 'receiver',
      name: `receiver${index}`,
      kind: random.pick(receiverKinds),
      commonJS: random.chance(0.3),
      version: 1,
    }),
  )
  const contributors = Array.from({ length: 1 + random.int(4) }, (_, index): Contributor => {
    const way = random.pick(ways)
    return {
      type: 'contributor',
      name: `contributor${index}`,
      way,
      receiver: random.pick(receivers),
      commonJS: way !== 'await' && random.chance(0.3),
      version: 1,
      adds: 1 + random.int(2),
      seenToAdd: false,
    }
  })
  const readers = Array.from(
    { length: random.int(3) },
    (_, index): Reader => ({
      type: 'reader',
      name: `reader${index}`,
      kind: random.pick(readerKinds),
      version: 1,
      data: { a: '1' },
    }),
  )
  const tickers = Array.from(
    { length: random.int(2) },
    (_, index): Ticker => ({ type: 'ticker', name: `ticker${index}`, kind: random.pick(tickerKinds), version: 1 }),
  )
  const parts: Part[] = [...receivers]
  // Contributors, readers and tickers in any order.
  for (const part of [...contributors, ...readers, ...tickers])
    parts.splice(receivers.length + random.int(parts.length - receivers.length + 1), 0, part)
  return { parts, broken: undefined }
}

export interface Change {
  readonly description: string
  /** The modules that change, or that depend on a file that does. */
  readonly changed: readonly string[]
}

/** Changes the model as an edit would. */
export function edit(model: Model, random: Random): Change {
  if (model.broken) {
    const mended = model.broken
    model.broken = undefined
    return { description: `${mended.name} is mended`, changed: [mended.name] }
  }
  const part = random.pick(model.parts)
  if (part.type !== 'receiver' && random.chance(0.07)) {
    model.broken = part
    return { description: `${part.name} throws`, changed: [part.name] }
  }
  if (part.type === 'reader' && random.chance(0.7)) return editData(part, random)
  if (part.type === 'contributor' && random.chance(0.5)) {
    const least = part.seenToAdd || part.adds === 0 ? 0 : part.adds
    part.adds = Math.max(least, random.int(3))
    part.version++
    part.seenToAdd ||= part.adds > 0
    return { description: `${part.name} adds ${part.adds}`, changed: [part.name] }
  }
  part.version++
  if (part.type === 'contributor') part.seenToAdd ||= part.adds > 0
  return { description: `${part.name} at version ${part.version}`, changed: [part.name] }
}

function editData(reader: Reader, random: Random): Change {
  const changed = [reader.name]
  if (reader.kind === 'exists' && random.chance(0.5)) {
    reader.data = 'a' in reader.data ? {} : { a: '1' }
    return { description: `${reader.name}: its file appears or goes`, changed }
  }
  if (reader.kind === 'folder' && random.chance(0.6)) {
    if ('b' in reader.data) delete reader.data.b
    else reader.data.b = '1'
    return { description: `${reader.name}: a file in its folder appears or goes`, changed }
  }
  reader.data.a = String(random.int(1_000_000))
  return { description: `${reader.name}: its file changes`, changed }
}

/**
 * The modules whose state has to be kept: those that are neither changed, nor import what is, nor hold what a changed module
 * leaves on them. The entry point is stale after every edit, so what it adds by itself counts each time.
 */
export function keptBy(model: Model, { changed }: Change): string[] {
  const stale = new Set(changed)
  const contributors = model.parts.filter(part => part.type === 'contributor')
  // A receiver that is stale makes its other contributors stale, and these may add to no other one: two rounds are enough.
  for (const { name, way, receiver } of contributors) {
    // Listeners are taken back exactly: their receiver keeps its state.
    const isTakenBack = receiver.kind === 'emitter' || receiver.kind === 'target'
    if (!isTakenBack && (way === 'handed' || stale.has(name))) stale.add(receiver.name)
  }
  for (const { name, way, receiver } of contributors) if (way !== 'handed' && stale.has(receiver.name)) stale.add(name)
  return [...model.parts.map(({ name }) => name).filter(name => !stale.has(name)), 'state']
}
