/** Runs random programs under the command, edits them, and compares every state with a fresh process. */
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { command } from '../asking.ts'
import { Run } from '../programs/hot-and-cold.ts'
import { type Change, edit, generate, keptBy, type Model } from './model.ts'
import { Random } from './random.ts'
import { filesOf } from './source.ts'

/** What was generated and seen, by name. */
export type Counts = Record<string, number>

export interface Failure {
  readonly seed: number
  readonly step: number
  readonly edits: readonly string[]
  readonly what: string
  readonly output: string
  readonly files: ReadonlyMap<string, string | null>
}

/** One program, from its first state through `steps` edits. Returns the first difference. */
export async function runProgram(
  node: string,
  seed: number,
  steps: number,
  counts: Counts,
): Promise<Failure | undefined> {
  const random = new Random(seed)
  const model = generate(random)
  const folder = new ModelFolder(model)
  const count = (name: string, by = 1) => {
    counts[name] = (counts[name] ?? 0) + by
  }
  count('programs')
  for (const part of model.parts) {
    count(part.type === 'contributor' ? `contributor ${part.way}` : `${part.type} ${part.kind}`)
    if ('commonJS' in part && part.commonJS) count('CommonJS')
  }
  const edits: string[] = []
  const hot = await Run.start(
    { name: 'immaculata', node, arguments: [command] },
    { flags: [], entry: 'server.mjs' },
    folder.path,
  )
  const failure = (step: number, what: string): Failure => ({
    seed,
    step,
    edits,
    what,
    output: hot.output,
    files: filesOf(model),
  })
  try {
    let before: string | undefined
    for (let step = 0; step <= steps; step++) {
      let change: Change | undefined
      if (step > 0) {
        change = edit(model, random)
        edits.push(change.description)
        count('edits')
        folder.write(random.chance(0.5))
      }
      if (model.broken) {
        // A fresh process would not answer; what the hot one shows meanwhile is for other tests.
        before = undefined
        await hot.isRefused()
        count('failed states')
        continue
      }
      const wrong = await hot.answers(['/'], await fresh(node, folder.path))
      if (wrong !== undefined) return failure(step, wrong)
      const now = await hot.ask('/kept')
      if (change && before !== undefined && now !== undefined) {
        const lost = lostState(model, change, before, now)
        if (lost.length > 0) return failure(step, `state was lost that nothing touched: ${lost.join(', ')}`)
        count('states kept', keptBy(model, change).length)
      }
      count('states')
      before = now
    }
    return undefined
  } finally {
    await hot.end()
    folder.remove()
  }
}

function lostState(model: Model, change: Change, before: string, now: string): string[] {
  const [old, current] = [before, now].map(text => new Map(JSON.parse(text) as [string, string][]))
  return keptBy(model, change).filter(name => old!.get(name) !== current!.get(name))
}

async function fresh(node: string, folder: string): Promise<string> {
  const run = await Run.start({ name: 'node', node, arguments: [] }, { flags: [], entry: 'server.mjs' }, folder)
  try {
    return await run.firstAnswer(['/'])
  } finally {
    await run.end()
  }
}

class ModelFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'immaculata-whole-')))
  readonly #model: Model
  #written = new Map<string, string | null>()

  constructor(model: Model) {
    this.#model = model
    this.write(false)
  }

  /** Writes the files that differ from those written last; atomically, or over the old ones. */
  write(isAtomic: boolean): void {
    const files = filesOf(this.#model)
    for (const [name, text] of files) {
      if (this.#written.get(name) === text) continue
      const path = join(this.path, name)
      mkdirSync(dirname(path), { recursive: true })
      if (text === null) {
        rmSync(path, { force: true })
        continue
      }
      writeFileSync(isAtomic ? `${path}.tmp` : path, text)
      if (isAtomic) renameSync(`${path}.tmp`, path)
    }
    this.#written = files
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
