/**
 * The command's own process. The arguments come in; it starts the program's process, starts it anew when that has to be, and ends as
 * the program ends. The invariant: once something was saved, nothing but the user ends it.
 */
import { constants } from 'node:os'
import { isatty } from 'node:tty'
import { Show } from '../messages/show.ts'
import type { Message } from '../shared/channel.ts'
import { entryFile, findRoot, projectFolder } from '../shared/find-root.ts'
import { readKeys } from '../shared/keys.ts'
import type { Run } from '../shared/options.ts'
import { type End, ProgramProcess } from './program-process.ts'
import type { SaveWatch } from './save-watch.ts'

/** How long a signal may take to reach the program through the terminal as well, in ms. */
const throughTerminal = 150

/** How long the program may take to notice a signal of the user's before it is taken to be stuck, in ms. */
const stuckAtSignal = 1_000

/** A program that ends within this time of a signal, in ms, ends because of it, however it does. */
const patience = 6_000

/** How long an evaluation may keep the program's thread to itself before a save is waited for here, in ms. */
const stuckInEvaluation = 3_000

/** The signals that end the program by way of its own handling, which the terminal may send to both processes. */
const ending = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** What only somebody else sends, to the process that he knows. */
const passedOn = ['SIGUSR1', 'SIGUSR2'] as const

export class Supervisor {
  readonly #run: Run
  readonly #show: Show
  /** Whether it waits for a save when the program has ended by itself. */
  readonly #waits: boolean
  readonly #isDebugged: boolean
  #program: ProgramProcess | undefined
  #root: string | undefined
  #restart = false
  #quit = false
  #crashed = false
  /** What helps against the error that ended the program. */
  #remedy: string | undefined
  /** Whether any process of the program has taken a save. */
  #saved = false
  /** When the program said that it ends. */
  #endedAt = 0
  /** The signals that the program has heard of. */
  readonly #heard = new Set<NodeJS.Signals>()
  /** When somebody wanted this to end last. The program may have a handler of its own, and go on. */
  #askedAt = Number.NEGATIVE_INFINITY
  /** Whether the program listens for signals, so that its silence means something. */
  #listens = false
  /** The signal of the user's for which the program had to be killed. */
  #killedFor: NodeJS.Signals | undefined
  /** Whether it was started for what had been saved before anybody waited: that is believed once. */
  #startedAtOnce = false
  /** Ends the waiting for a save, if it is going on. */
  #stopWaiting: (() => void) | undefined
  /** Runs out when the program does not answer while it is evaluated. */
  #beat: NodeJS.Timeout | undefined
  #stuck: SaveWatch | undefined

  constructor(run: Run) {
    this.#run = run
    this.#show = new Show(run.options)
    const { once, stay } = run.options
    this.#isDebugged = /--inspect\b/.test(`${process.env.NODE_OPTIONS ?? ''} ${run.nodeFlags.join(' ')}`)
    this.#waits = !once && (stay || (isatty(0) && isatty(2)))
  }

  start(): void {
    for (const signal of ending) process.on(signal, () => this.#signalled(signal))
    if (process.platform !== 'win32')
      for (const signal of passedOn) process.on(signal, () => this.#program?.kill(signal))
    for (const note of this.#run.notes) this.#show.note(note)
    this.#spawn()
  }

  #spawn(): void {
    this.#restart = false
    this.#quit = false
    this.#crashed = false
    this.#remedy = undefined
    this.#endedAt = 0
    this.#listens = false
    this.#killedFor = undefined
    this.#heard.clear()
    // As long as all is well: a package.json may be broken for a moment, and the folder is still the same.
    const entry = entryFile(this.#run.entry)
    if (entry !== undefined && this.#root === undefined) {
      this.#root = this.#run.options.root ?? findRoot(projectFolder(entry))
    }
    const options = this.#root === undefined ? this.#run.options : { ...this.#run.options, root: this.#root }
    const program = new ProgramProcess(
      { ...this.#run, options },
      {
        message: message => this.#take(message),
        failed: error => {
          this.#show.error(error, undefined, `${process.execPath} cannot be started.`)
          process.exitCode = 1
        },
        ended: end => {
          if (this.#program !== program) return
          this.#program = undefined
          this.#idle()
          this.#ended(end)
        },
      },
    )
    this.#program = program
  }

  #take(message: Message): void {
    switch (message.say) {
      case 'restart':
        this.#restart = true
        break
      case 'quit':
        this.#quit = true
        break
      case 'signal':
        this.#heard.add(message.signal)
        break
      case 'saved':
        this.#saved = true
        this.#startedAtOnce = false
        break
      case 'crash':
        this.#crashed = true
        this.#remedy = message.remedy
        this.#endedAt = message.at
        break
      case 'survived':
        this.#crashed = false
        break
      case 'exit':
        if (!this.#crashed) this.#endedAt = message.at
        break
      case 'busy':
      case 'beat':
        this.#listens = true
        this.#expectBeat()
        break
      default:
        this.#idle()
    }
  }

  #ended(end: End): void {
    const { once } = this.#run.options
    const asked = this.#quit || performance.now() - this.#askedAt < patience
    const failed = this.#crashed && end.code !== 0 && end.code !== null
    if (asked) this.#endAs(this.#killedFor ? { code: null, signal: this.#killedFor } : end)
    else if (this.#restart) this.#spawnIfThere()
    else if (!once && (failed || this.#saved || this.#waits)) void this.#waitForSave(end, failed)
    else this.#endAs(end)
  }

  /** Starts it anew, unless its file has gone in the meantime. */
  #spawnIfThere(): void {
    if (this.#run.entry === '-' || entryFile(this.#run.entry) !== undefined || this.#run.options.once) this.#spawn()
    else void this.#waitForSave({ code: 1, signal: null }, true)
  }

  /** Ends this process the way the program's ended. */
  #endAs({ code, signal }: End): void {
    if (signal === null) process.exit(code ?? 0)
    process.removeAllListeners(signal)
    const status = 128 + (constants.signals[signal] ?? 0)
    process.exitCode = status
    process.kill(process.pid, signal)
    // The first process of a container gets no signals that it does not listen to.
    setTimeout(() => process.exit(status), throughTerminal)
  }

  async #waitForSave(end: End, failed: boolean): Promise<void> {
    const since = this.#startedAtOnce ? Number.POSITIVE_INFINITY : this.#endedAt || Date.now()
    let interrupted = false
    this.#stopWaiting = () => {
      interrupted = true
      this.#endAs(end)
    }
    const root = this.#root
    if (root === undefined) return this.#endAs(end) // there has never been such a file: nothing to wait for
    const { SaveWatch } = await import('./save-watch.ts')
    if (interrupted) return
    const { poll, ignore } = this.#run.options
    const stop = () => {
      this.#stopWaiting = undefined
      stopKeys()
      watch.end()
    }
    const again = () => {
      stop()
      this.#spawn()
    }
    const stopKeys = readKeys({ r: again, q: () => this.#endAs({ code: 0, signal: null }) })
    const said = failed ? 'crashed' : describeEnd(end)
    const waiting = { root, entry: this.#run.entry, poll, ignore, since }
    let missing = false
    let over = false
    const watch = new SaveWatch(
      waiting,
      atOnce => {
        over = true
        this.#startedAtOnce = atOnce
        // It may be found before this constructor returns.
        setImmediate(again)
      },
      file => {
        missing = true
        this.#show.note(`waiting for ${file}`)
      },
    )
    this.#stopWaiting = () => {
      stop()
      this.#endAs(end)
    }
    const remedy = failed ? this.#remedy : undefined
    if (!missing && !over) this.#show.waits(said, remedy)
    else if (remedy !== undefined) this.#show.remedy(remedy)
  }

  #signalled(signal: NodeJS.Signals): void {
    if (this.#stopWaiting) {
      this.#stopWaiting()
      return
    }
    this.#askedAt = performance.now()
    const program = this.#program
    if (!program || program.isOver) return
    this.#heard.delete(signal)
    // Ctrl-C reaches every process of the terminal: passing it on would make it two.
    if (signal === 'SIGTERM') program.kill(signal)
    else setTimeout(() => this.#heard.has(signal) || program.kill(signal), throughTerminal)
    setTimeout(() => {
      if (!this.#listens || this.#heard.has(signal) || program.isOver) return
      this.#show.note('the program does not answer: it is killed')
      this.#killedFor = signal
      program.kill('SIGKILL')
    }, stuckAtSignal)
  }

  /** The program is being evaluated, and has just answered. */
  #expectBeat(): void {
    if (this.#isDebugged) return // at a breakpoint, nothing beats
    this.#stuck?.end()
    this.#stuck = undefined
    clearTimeout(this.#beat)
    const last = Date.now()
    this.#beat = setTimeout(() => void this.#waitWhileStuck(last), stuckInEvaluation)
  }

  #idle(): void {
    clearTimeout(this.#beat)
    this.#stuck?.end()
    this.#stuck = undefined
  }

  /** An endless loop, perhaps: the program cannot see the save that mends it. */
  async #waitWhileStuck(since: number): Promise<void> {
    const { SaveWatch } = await import('./save-watch.ts')
    const program = this.#program
    const root = this.#root
    if (!program || program.isOver || root === undefined) return
    const { poll, ignore } = this.#run.options
    this.#stuck = new SaveWatch({ root, entry: this.#run.entry, poll, ignore, since }, () => {
      this.#show.note('restarting (the program was stuck in its evaluation, perhaps in an endless loop)')
      this.#restart = true
      this.#saved = true
      program.kill('SIGKILL')
    })
  }
}

function describeEnd({ code, signal }: End): string {
  return signal === null ? `ended with code ${code}` : `ended by ${signal}`
}
