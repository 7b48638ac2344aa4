/**
 * When the packages of a program are looked through for old code: after a save is live, in slices, and not while other saves follow.
 * Re-evaluated modules come in; a reason for a restart comes out when old code is still there at a second look. The invariant: a save
 * is never kept waiting, and what a package lets go of by itself costs nobody his state.
 */
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import type { Inspector } from '../node/inspector.ts'
import { nextScriptId } from '../node/scripts.ts'
import type { Containers } from './containers.ts'
import { type Hidden, hiddenInPackages, type Replaced } from './hidden-in-packages.ts'

// Taken before the program may replace them.
const { setTimeout, clearTimeout } = globalThis

/** A save has been live for so many ms: what it had under way has mostly ended. */
const calm = 300
/** So many ms lie between the first look and the second. */
const again = 1_000
/** How many ms one slice takes, and how many lie between two. */
const slice = 5
const pause = 5

interface Parts {
  readonly program: Program
  readonly containers: Containers
  inspect<T>(use: (inspector: Inspector) => T): T | undefined
}

export class PackagesLook {
  readonly #parts: Parts
  readonly #needRestart: (reason: string) => void
  /** The modules to look for. */
  readonly #replaced = new Map<HotModule, Replaced>()
  readonly #texts = new WeakMap<HotModule, string | undefined>()
  readonly #changed = new Set<HotModule>()
  /** The scripts that were compiled before the newest update have smaller ids. */
  #before = 0
  #search: Generator<void, Hidden | undefined> | undefined
  #inspector: Inspector | undefined
  #first: Hidden | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(parts: Parts, needRestart: (reason: string) => void) {
    this.#parts = parts
    this.#needRestart = needRestart
  }

  /** What was not looked for so far is looked for when the next update is live. */
  updateBegan(): void {
    this.#stop()
    this.#first = undefined
    this.#before = nextScriptId()
  }

  evaluationBegan(module: HotModule): void {
    const text = module.file?.text
    if (this.#texts.has(module) && this.#texts.get(module) !== text) this.#changed.add(module)
    this.#texts.set(module, text)
  }

  /** These modules were evaluated, and the program runs. */
  evaluated(modules: Iterable<HotModule>): void {
    for (const module of modules) {
      if (module.generation > 0)
        this.#replaced.set(module, { hasChanged: this.#changed.has(module), before: this.#before })
    }
    if (this.#replaced.size > 0) this.#schedule(calm)
  }

  end(): void {
    this.#stop()
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#search = undefined
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#continue(), delay).unref()
  }

  #continue(): void {
    const until = performance.now() + slice
    const step = this.#parts.inspect(inspector => {
      this.#inspector = inspector
      this.#search ??= hiddenInPackages(this.#replaced, { ...this.#parts, inspector: () => this.#inspector! })
      for (;;) {
        const step = this.#search.next()
        if (step.done || performance.now() >= until) return step
      }
    })
    if (step?.done === false) this.#schedule(pause)
    else this.#ended(step?.value || undefined)
  }

  #ended(found: Hidden | undefined): void {
    this.#stop()
    const isSame = found !== undefined && found.module === this.#first?.module && found.name === this.#first.name
    if (found && !isSame) {
      this.#first = found
      this.#schedule(again)
      return
    }
    this.#first = undefined
    this.#replaced.clear()
    this.#changed.clear()
    if (!found) return
    const { module, name } = found
    const path = module.path.slice(1)
    this.#needRestart(`${path} was re-evaluated, and ${name} still holds its old version: a package is loaded once`)
  }
}
