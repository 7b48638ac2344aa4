/**
 * The command's own process. The arguments come in. It starts the program's process, restarts it when that is needed, and ends as the
 * program ends. The invariant: once something was saved, only the user ends it.
 */
import { isatty } from 'node:tty'
import { type ErrorReport, happened } from '../messages/events.ts'
import { Show } from '../messages/show.ts'
import type { Message } from '../shared/channel.ts'
import { fileTime } from '../shared/file-clock.ts'
import { entryFile, findRoot, projectFolder } from '../shared/find-root.ts'
import { readKeys } from '../shared/keys.ts'
import type { Run } from '../shared/options.ts'
import { loadWhole } from '../shared/whole.ts'
import { CompilerChoice } from './compiler-choice.ts'
import { endAs, throughTerminal } from './end-as.ts'
import { passOnSignals } from './passed-on-signals.ts'
import { describeEnd, type End, ProgramProcess } from './program-process.ts'
import { Questions } from './questions.ts'
import { StatusServer } from './status-server.ts'
import { StuckProgram } from './stuck-program.ts'

/** If the program does not notice a signal of the user within so many ms, it is stuck. */
const stuckAtSignal = 1_000

/** If a program ends within so many ms after a signal, it ended because of the signal. */
const patience = 6_000

/** The signals that the program handles itself, and that the terminal may send to both processes. */
const ending = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

export class Supervisor {
  readonly #run: Run
  readonly #show: Show
  readonly #status: StatusServer
  readonly #questions = new Questions()
  readonly #compiler = new CompilerChoice()
  /** Does it wait for a save when the program ends by itself? */
  readonly #waits: boolean
  readonly #isDebugged: boolean
  #program: ProgramProcess | undefined
  #root: string | undefined
  #restart = false
  #quit = false
  #crashed = false
  /** The remedy for the error that ended the program. */
  #remedy: string | undefined
  #error: ErrorReport | undefined
  /** Has any process of the program taken a save? */
  #saved = false
  /** Is a save taken by the program, and neither live nor failed yet? */
  #isGoingLive = false
  /** When the program told that it ends. */
  #endedAt = 0
  /** The signals that reached the program. */
  readonly #heard = new Set<NodeJS.Signals>()
  /** When somebody last asked it to end. The program may have a handler of its own, and keep running. */
  #askedAt = Number.NEGATIVE_INFINITY
  /** Does the program listen for signals? Only then its silence means something. */
  #listens = false
  /** The user's signal for which the program had to be killed. */
  #killedFor: NodeJS.Signals | undefined
  /** Was it started for a save from before the waiting began? That is believed only once. */
  #startedAtOnce = false
  /** Ends the waiting for a save, if it is running. */
  #stopWaiting: (() => void) | undefined
  readonly #stuck = new StuckProgram(() => this.#savedWhileStuck())

  constructor(run: Run) {
    this.#run = run
    this.#show = new Show(run.options)
    const { once, stay, json } = run.options
    this.#status = new StatusServer(run.entry, json, isFirst => this.#questions.ask(isFirst))
    this.#isDebugged = /--inspect\b/.test(`${process.env.NODE_OPTIONS ?? ''} ${run.nodeFlags.join(' ')}`)
    this.#waits = !once && (stay || (isatty(0) && isatty(2)))
  }

  start(): void {
    for (const signal of ending) process.on(signal, () => this.#signalled(signal))
    passOnSignals(signal => this.#program?.kill(signal))
    for (const note of this.#run.notes) this.#show.note(note)
    this.#spawn()
    this.#status.listen()
  }

  #spawn(): void {
    this.#restart = false
    this.#quit = false
    this.#crashed = false
    this.#remedy = undefined
    this.#isGoingLive = false
    this.#endedAt = 0
    this.#listens = false
    this.#killedFor = undefined
    this.#heard.clear()
    // Found while all is well: a package.json may be broken for a moment later, and the folder is still the same.
    const entry = entryFile(this.#run.entry)
    if (entry !== undefined && this.#root === undefined) {
      this.#root = this.#run.options.root ?? findRoot(projectFolder(entry))
    }
    this.#error = undefined
    this.#status.starting(this.#root ?? process.cwd())
    const root = this.#root === undefined ? {} : { root: this.#root }
    const columns = isatty(2) ? { columns: process.stderr.columns } : {}
    this.#compiler.look(this.#run, entry)
    if (this.#run.options.ui) this.#run.options.token ??= process.getBuiltinModule('node:crypto').randomUUID()
    const options = { ...this.#run.options, ...root, ...columns, ...this.#compiler.options(this.#run) }
    const nodeFlags = [...this.#run.nodeFlags, ...this.#compiler.flags]
    const program = new ProgramProcess(
      { ...this.#run, options, nodeFlags },
      {
        message: message => this.#take(message),
        failed: error => {
          this.#show.error(error, undefined, `${process.execPath} cannot be started.`)
          process.exitCode = 1
        },
        ended: end => {
          if (this.#program !== program) return
          this.#program = undefined
          this.#questions.program = undefined
          this.#stuck.end()
          this.#ended(end, program.pid)
        },
      },
    )
    this.#program = program
    this.#questions.program = program
  }

  #take(message: Message): void {
    switch (message.say) {
      case 'restart':
        this.#restart = true
        if (message.compile) this.#compiler.choose(this.#run)
        break
      case 'quit':
        this.#quit = true
        break
      case 'signal':
        this.#heard.add(message.signal)
        break
      case 'saved':
        this.#saved = true
        this.#isGoingLive = true
        this.#startedAtOnce = false
        break
      case 'crash':
        this.#crashed = true
        this.#remedy = message.remedy
        this.#error = message.error
        this.#endedAt = message.at
        break
      case 'event':
        if (message.event.event !== 'saved') this.#isGoingLive = false
        this.#status.tell(message.event)
        break
      case 'settled':
        this.#questions.answered(message)
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
        this.#stuck.idle()
    }
  }

  #ended(end: End, pid: number | undefined): void {
    const { once } = this.#run.options
    const asked = this.#quit || performance.now() - this.#askedAt < patience
    const failed = this.#crashed && end.code !== 0 && end.code !== null
    const waits = !asked && !once && (failed || this.#saved || this.#waits) && this.#root !== undefined
    if (failed && this.#error) {
      const what = { files: [], modules: [], duration: 0, error: this.#error }
      this.#status.tell(happened({ event: 'failed', ...what }, pid))
    }
    // It may have been in its own way: a fresh process tells whether the save is to blame.
    const isInDoubt = this.#isGoingLive && end.code && !failed && !asked && !once
    if (isInDoubt) this.#willRestart(`the program ${describeEnd(end)} while the save went live`, pid)
    if (!this.#restart || asked) this.#status.tell(happened({ event: 'ended', ...end, waits }, pid))
    if (failed && !waits && !asked && !this.#restart) this.#show.crashed(this.#remedy)
    if (asked) this.#endAs(this.#killedFor ? { code: null, signal: this.#killedFor } : end)
    else if (this.#restart) this.#spawnIfThere()
    else if (!once && (failed || this.#saved || this.#waits)) this.#waitForSave(end, failed)
    else this.#endAs(end)
  }

  /** Starts the program again, unless its file is gone by now. */
  #spawnIfThere(): void {
    if (this.#run.entry === '-' || entryFile(this.#run.entry) !== undefined || this.#run.options.once) this.#spawn()
    else this.#waitForSave({ code: 1, signal: null }, true)
  }

  #endAs(end: End): void {
    endAs(end, () => this.#status.close())
  }

  #waitForSave(end: End, failed: boolean): void {
    const since = this.#startedAtOnce ? Number.POSITIVE_INFINITY : this.#endedAt || fileTime()
    const root = this.#root
    if (root === undefined) {
      this.#endAs(end) // there was never such a file, so there is nothing to wait for
      return
    }
    const found = this.#questions.expectWatch()
    const { SaveWatch } = loadWhole() as typeof import('./save-watch.ts')
    const { poll, ignore } = this.#run.options
    const stop = () => {
      this.#stopWaiting = undefined
      stopKeys()
      watch.end()
      this.#questions.watch = undefined
    }
    const again = () => {
      stop()
      this.#spawn()
    }
    const stopKeys = readKeys({ r: again, rs: again, q: () => this.#endAs({ code: 0, signal: null }) })
    const said = failed ? 'crashed' : describeEnd(end)
    const waiting = { root, entry: this.#run.entry, poll, ignore, since }
    let missing = false
    let over = false
    const watch = new SaveWatch(
      waiting,
      atOnce => {
        over = true
        this.#startedAtOnce = atOnce
        // The save may be found before this constructor returns.
        setImmediate(again)
      },
      file => {
        missing = true
        this.#show.note(`waiting for ${file}`)
      },
    )
    found(watch)
    this.#stopWaiting = () => {
      stop()
      this.#endAs(end)
    }
    const remedy = failed ? this.#remedy : undefined
    if (!missing && !over) this.#show.waits(said, remedy)
    else this.#show.crashed(remedy)
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
    // Ctrl-C reaches every process of the terminal. If it were passed on, the program would get two.
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
    if (this.#isDebugged || this.#root === undefined) return // at a breakpoint, no beats come
    const { poll, ignore } = this.#run.options
    this.#stuck.expectBeat({ root: this.#root, entry: this.#run.entry, poll, ignore }, this.#program?.pid)
  }

  #savedWhileStuck(): void {
    const program = this.#program
    if (!program || program.isOver) return
    this.#willRestart('the program was stuck in its evaluation, perhaps in an endless loop', program.pid)
    this.#saved = true
    program.kill('SIGKILL')
  }

  #willRestart(reason: string, pid: number | undefined): void {
    this.#show.note(`restarting (${reason})`)
    this.#status.tell(happened({ event: 'restarting', reason }, pid))
    this.#restart = true
  }
}
