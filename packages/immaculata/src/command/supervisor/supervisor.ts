/** The command's own process: starts the program's, starts it anew when it has to be, and ends as it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { FileTree } from '../../tree.ts'
import { channelFd, type Message, reader } from '../shared/channel.ts'
import { readKeys } from '../shared/keys.ts'
import { Show } from '../shared/messages.ts'
import { type Run, toEnvironment } from '../shared/options.ts'
import { withPreload } from './preload-flags.ts'

/** How long a signal may take to reach the program through the terminal as well, in ms. */
const throughTerminal = 150

/** A program that ends within this time of a signal, in ms, ends because of it, however it does. */
const patience = 6_000

export class Supervisor {
  readonly #run: Run
  readonly #show: Show
  #child: ChildProcess | undefined
  #restart = false
  #crashed = false
  /** The signals that the program has heard of. */
  readonly #heard = new Set<NodeJS.Signals>()
  /** When somebody wanted this to end last. The program may have a handler of its own, and go on. */
  #askedAt = Number.NEGATIVE_INFINITY
  /** Ends the waiting for a save, if it is going on. */
  #stopWaiting: (() => void) | undefined

  constructor(run: Run) {
    this.#run = run
    this.#show = new Show(run.options)
  }

  start(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#signalled(signal))
    this.#spawn()
  }

  #spawn(): void {
    const { nodeFlags, entry, args, options } = this.#run
    this.#restart = false
    this.#crashed = false
    this.#heard.clear()
    const child = spawn(process.execPath, [...withPreload(nodeFlags), entry, ...args], {
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
      env: toEnvironment(options),
    })
    this.#child = child
    const channel = child.stdio[channelFd] as Readable
    channel.setEncoding('utf8')
    channel.on(
      'data',
      reader(message => this.#take(message)),
    )
    let ended: [code: number | null, signal: NodeJS.Signals | null] | undefined
    child.on('error', error => {
      this.#show.error(error, undefined, `${process.execPath} cannot be started.`)
      process.exitCode = 1
    })
    // Not 'close': what the program started may live on, and hold its output open.
    child.on('exit', (code, signal) => {
      ended = [code, signal]
      // What it said last may still be on its way.
      setImmediate(() => {
        channel.destroy()
        this.#child = undefined
        this.#ended(ended![0], ended![1])
      })
    })
  }

  #take(message: Message): void {
    if (message.say === 'restart') this.#restart = true
    else if (message.say === 'signal') this.#heard.add(message.signal)
    else this.#crashed = message.say === 'crash'
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    const asked = performance.now() - this.#askedAt < patience
    if (this.#restart && !asked) this.#spawn()
    else if (this.#crashed && !asked && code !== 0 && code !== null) void this.#waitForSave(code)
    else this.#endAs(code, signal)
  }

  /** Ends this process the way the program's ended. */
  #endAs(code: number | null, signal: NodeJS.Signals | null): void {
    if (signal === null) process.exit(code ?? 0)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  }

  async #waitForSave(code: number): Promise<void> {
    const entry = this.#entryFile()
    if (entry === undefined) return this.#endAs(code, null)
    const crashed = Date.now()
    this.#stopWaiting = () => this.#endAs(code, null)
    const { findRoot, openTree } = await import('../shared/project-tree.ts')
    const { watchPackages } = await import('../shared/restart-reasons.ts')
    const tree = openTree(this.#run.options.root ?? findRoot(dirname(entry)), entry)
    const stopKeys = readKeys({ r: () => again(), q: () => this.#endAs(0, null) })
    let over = false
    const again = () => {
      if (over) return
      stop()
      this.#spawn()
    }
    const stop = () => {
      over = true
      this.#stopWaiting = undefined
      stopKeys()
      stopPackages()
      tree.close()
    }
    this.#stopWaiting = () => {
      stop()
      this.#endAs(code, null)
    }
    // It may have crashed because a package was missing.
    const stopPackages = watchPackages(dirname(entry), fileURLToPath(tree.root), () => again())
    const { poll } = this.#run.options
    tree.watch(poll ? { poll } : {}).once('filesUpdated', again)
    this.#show.note('crashed: the next save starts it again')
    // What was saved before the watch was on is in the tree already.
    if (isNewerThan(crashed, tree)) again()
  }

  #entryFile(): string | undefined {
    try {
      return createRequire(join(process.cwd(), 'entry.js')).resolve(resolve(this.#run.entry))
    } catch {
      return undefined // there is no such file: nothing to wait for
    }
  }

  #signalled(signal: NodeJS.Signals): void {
    if (this.#stopWaiting) {
      this.#stopWaiting()
      return
    }
    this.#askedAt = performance.now()
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) {
      return
    }
    if (signal === 'SIGTERM') {
      child.kill(signal)
      return
    }
    // Ctrl-C reaches every process of the terminal: passing it on would make it two.
    this.#heard.delete(signal)
    setTimeout(() => {
      if (!this.#heard.has(signal) && child.exitCode === null && child.signalCode === null) child.kill(signal)
    }, throughTerminal)
  }
}

function isNewerThan(time: number, tree: FileTree): boolean {
  for (const path of tree.files.keys()) {
    const stat = statSync(fileURLToPath(tree.urlOf(path)), { throwIfNoEntry: false })
    if (stat && stat.mtimeMs > time) return true
  }
  return false
}
