/**
 * One application under one tool, edit by edit. After each edit its answers are compared with those of a fresh process of plain Node
 * on the same files: the tool is right if it comes to give the same, and stays with it.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppProcess, type Counts, type Tool } from './app-process.ts'
import { prepare, type Step, saveQuickly, stepsOf } from './edits.ts'
import type { Place, Recipe } from './recipe.ts'

/** How long the tool may take until it answers as a fresh process does, in starts of a fresh process; and at least so many ms. */
const patience = { starts: 5, ms: 6_000 }

/** After so many ms without a different answer, a fresh process is asked. */
const quiet = 500

const saves = 50

export interface StepResult {
  readonly step: string
  readonly right: boolean
  readonly restarted: boolean
  /** From the save to the first of the right answers, in ms. Undefined if the edit changes no answer. */
  readonly time: number | undefined
  readonly failed: number
  /** What was said of the restart. */
  readonly reason?: string
  readonly wrong?: { readonly expected: string; readonly actual: string; readonly output: string }
}

export interface Result {
  readonly recipe: Recipe
  readonly tool: Tool
  readonly started: boolean
  readonly steps: readonly StepResult[]
  readonly before?: Counts
  readonly after?: Counts
  /** Whether the answer after the quick saves was right. */
  readonly quick?: boolean
  readonly interrupted?: { readonly plain: string; readonly tool: string }
  readonly output: string
}

export interface Setting {
  readonly folder: string
  readonly node: string
  readonly ports: readonly [hot: number, fresh: number]
  log(line: string): void
}

export async function tryRecipe(recipe: Recipe, tool: Tool, setting: Setting): Promise<Result> {
  const clone = join(setting.folder, recipe.name)
  const scratch = mkdtempSync(join(tmpdir(), 'apps-'))
  const [hot, fresh] = setting.ports.map(port => ({ port, folder: join(scratch, String(port)) })) as [Place, Place]
  prepare(clone, recipe)
  const stubs = [await recipe.stub?.(hot), await recipe.stub?.(fresh)]
  for (const place of [hot, fresh]) {
    mkdirSync(place.folder, { recursive: true })
    recipe.prepare?.(clone, place)
  }
  const start = (which: Tool, place: Place) => new AppProcess(recipe, clone, which, setting.node, place)
  const app = start(tool, hot)
  const steps: StepResult[] = []
  let result: Partial<Result> = {}
  try {
    const began = performance.now()
    const plain = start('plain', fresh)
    const [started, sound] = await Promise.all([app.starts(), plain.starts()])
    app.patience = Math.max(patience.ms, patience.starts * (performance.now() - began))
    if (!sound) setting.log(`  plain node does not start:\n${plain.output}`)
    else if (!started) setting.log(`  it does not start:\n${app.output}`)
    const [expected, actual] = [await plain.answers(), await app.answers()]
    setting.log(
      `  ${expected === actual ? 'starts' : `starts otherwise: ${actual.slice(0, 300)}`} · ${expected.slice(0, 300)}`,
    )
    result = { started: started && expected === actual }
    const plainEnd = await plain.interrupt()
    if (!result.started || !sound) return { ...finish(), started: false }
    for (const step of stepsOf(clone, recipe)) {
      const done = await trySave(step, app, () => start('plain', fresh)).catch((error: Error) => {
        setting.log(`  left out: ${step.name}: ${error.message}`)
        return false as const
      })
      if (done === undefined) setting.log(`  left out, since a fresh process does not start: ${step.name}`)
      if (!done) continue
      steps.push(done)
      setting.log(line(done))
    }
    prepare(clone, recipe)
    await settled(app, performance.now())
    if (tool === 'immaculata') {
      await saveQuickly(clone, recipe, 6)
      await settled(app, performance.now())
      const before = await app.counts()
      await saveQuickly(clone, recipe, saves)
      const after = await settledCounts(app)
      const end = start('plain', fresh)
      await end.starts()
      const quick = (await end.answers()) === (await app.answers())
      end.kill()
      result = { ...result, before, after, quick }
      setting.log(`  ${saves} quick saves: ${quick ? 'right' : 'WRONG'} · ${counted(before)} → ${counted(after)}`)
    }
    const interrupted = { plain: plainEnd, tool: await app.interrupt() }
    setting.log(`  Ctrl-C: ${interrupted.tool}, under plain Node ${interrupted.plain}`)
    return { ...finish(), interrupted }
  } catch (error) {
    setting.log(`  given up: ${(error as Error).stack}\n${app.output.slice(-1500)}`)
    return finish()
  } finally {
    app.kill()
    for (const stop of stubs) stop?.()
    prepare(clone, recipe)
    rmSync(scratch, { recursive: true, force: true })
  }

  function finish(): Result {
    return { started: false, ...result, recipe, tool, steps, output: app.output }
  }
}

/** Makes one edit, and waits for the right answer. Undefined if a fresh process of plain Node does not start after it. */
async function trySave(step: Step, app: AppProcess, startFresh: () => AppProcess): Promise<StepResult | undefined> {
  const { program } = app
  const before = await app.answers()
  const outputBefore = app.output.length
  const saved = performance.now()
  await step.run()
  const seen = new Answers(app, saved)
  await seen.quiet()
  const fresh = startFresh()
  const asking = seen.ask()
  const sound = await fresh.starts()
  const expected = await fresh.answers()
  await fresh.interrupt()
  seen.stop()
  await asking
  if (!sound) return undefined
  await seen.until(expected, app.patience)
  const { last, failed } = seen
  const right = last === expected
  const said = app.output.slice(outputBefore)
  const reason = said.split('\n').find(line => /^immaculata .*restart/.test(line))
  return {
    step: step.name,
    right,
    restarted: app.program !== program,
    time: right && expected !== before ? seen.since(expected) : undefined,
    failed,
    ...(reason === undefined ? {} : { reason }),
    ...(right ? {} : { wrong: { expected, actual: last, output: said.slice(-2000) } }),
  }
}

async function settled(app: AppProcess, saved: number): Promise<void> {
  await new Answers(app, saved).quiet()
}

/** What is open once nothing is on its way any more: replaced connections may drain for some seconds. */
async function settledCounts(app: AppProcess): Promise<Counts> {
  await settled(app, performance.now())
  await new Promise(resolve => setTimeout(resolve, 4_000))
  return app.counts()
}

/** The answers of an application, each with the time since a save at which it was given first. */
class Answers {
  readonly #app: AppProcess
  readonly #saved: number
  #changes: { readonly time: number; readonly text: string }[] = []
  #asked = performance.now()
  #stopped = false
  failed = 0

  constructor(app: AppProcess, saved: number) {
    this.#app = app
    this.#saved = saved
  }

  get last(): string {
    return this.#changes.at(-1)?.text ?? ''
  }

  /** When a text was answered from then on, and nothing else. */
  since(text: string): number | undefined {
    const [last] = this.#changes.slice(-1)
    return last?.text === text ? last.time : undefined
  }

  async #once(): Promise<void> {
    const text = await this.#app.answers()
    this.#asked = performance.now()
    if (text.includes('no answer') || text.startsWith('503')) this.failed++
    if (text !== this.last) this.#changes.push({ time: this.#asked - this.#saved, text })
    await new Promise(resolve => setTimeout(resolve, this.#app.pace))
  }

  /** Asks until the answers have not changed for a while. */
  async quiet(): Promise<void> {
    const end = performance.now() + this.#app.patience
    do await this.#once()
    while (
      performance.now() < end &&
      (this.#asked - this.#saved - (this.#changes.at(-1)?.time ?? 0) < quiet || /no answer|^503/.test(this.last))
    )
  }

  async ask(): Promise<void> {
    while (!this.#stopped) {
      await this.#once()
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  stop(): void {
    this.#stopped = true
  }

  async until(text: string, ms: number): Promise<void> {
    const end = performance.now() + ms
    do await this.#once()
    while (this.last !== text && performance.now() < end)
  }
}

function line({ step, right, restarted, time, failed, reason, wrong }: StepResult): string {
  const facts = [
    restarted && 'restarted',
    time !== undefined && `${Math.round(time)} ms`,
    failed > 0 && `${failed} without an answer`,
  ].filter(Boolean)
  const why = reason === undefined ? '' : `\n      ${reason}`
  const rest = wrong
    ? `\n      expected ${wrong.expected.slice(0, 400)}\n      answered ${wrong.actual.slice(0, 400)}\n${wrong.output.replace(/^/gm, '      | ')}`
    : ''
  return `  ${right ? 'ok   ' : 'WRONG'} ${step}${facts.length > 0 ? ` · ${facts.join(', ')}` : ''}${why}${rest}`
}

function counted({ descriptors, sockets, timers, listeners, rss, heap }: Counts): string {
  return `${descriptors} descriptors, ${sockets} sockets, ${timers} timers, ${listeners} listeners, ${rss.toFixed(0)} MB (heap ${heap.toFixed(1)})`
}
