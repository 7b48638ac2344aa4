/**
 * Client connections: what the evaluations of a program have connected to. A database, a broker, a gateway, a bot's long poll.
 *
 * The sockets and requests that Node opens come in, each with the evaluation whose async chain opened it. At an update, after the
 * program's own cleanups and before the successor is evaluated, the connections of replaced modules end. The invariant: a connection
 * belongs to the module that holds it, as far as that can be seen ({@link HoldersOf}). Only if no module holds it, it belongs to the
 * module that opened it: a pool opens its first connection for the module that uses it first. A connection ends in silence, so that
 * the replaced version does not react.
 */
import type { Builtins } from '../node/builtins.ts'
import type { Patches } from '../node/patches.ts'
import type { ScopeOf } from '../ownership/owner-of-call.ts'
import type { WorkInFlight } from '../ownership/work.ts'
import { ClientSockets, type Connection } from './client-sockets.ts'
import { callOf, openerOf, patchCalls } from './opener.ts'
import { OutgoingRequests } from './outgoing-requests.ts'

/**
 * For each of these objects that a module holds, the id of such a module, if possible of one that is not stale. `thorough`: nothing
 * else tells which module holds them, so the search may take its time. Without this function, only the opener of a connection is known.
 */
export type HoldersOf = (
  objects: ReadonlySet<object>,
  stale: ReadonlySet<string>,
  thorough: boolean,
) => ReadonlyMap<object, string> | undefined

/** For how many ms what the program wrote last may be waited for. It may be a question, or may not. */
const answerTime = 200

const none: ReadonlySet<string> = new Set()

/** Notices client connections, and ends those of replaced modules. */
export class Connections {
  readonly #scopeOf: ScopeOf
  readonly #holdersOf: HoldersOf
  readonly #sockets: ClientSockets
  readonly #requests: OutgoingRequests
  readonly #work: WorkInFlight
  #ended: Promise<unknown> = Promise.resolve()
  /** The module that was seen to hold a connection. */
  readonly #holders = new WeakMap<Connection, string>()

  constructor(scopeOf: ScopeOf, work: WorkInFlight, holdersOf: HoldersOf = () => new Map()) {
    const opener = () => openerOf(scopeOf)
    this.#scopeOf = scopeOf
    this.#work = work
    this.#holdersOf = holdersOf
    this.#requests = new OutgoingRequests(() => callOf(scopeOf), work)
    this.#sockets = new ClientSockets(opener, connection => this.#findHolders([connection], none)?.size !== 0, work)
  }

  /** Begins to notice connections and requests. */
  start(patches: Patches, builtins: Builtins): void {
    patchCalls(patches, this.#scopeOf)
    this.#requests.start()
    this.#sockets.start(patches, builtins)
  }

  stop(): void {
    this.#requests.stop()
    this.#sockets.stop()
  }

  /**
   * Ends the connections and requests of these modules, whose scopes are disposed, and of which nothing is re-evaluated yet.
   * Resolves when the other sides have seen the end, with what may be theirs and may be somebody else's.
   */
  end(stale: ReadonlySet<string>): Promise<readonly Connection[]> {
    // One at a time: each waits for what is in flight, and then cuts it.
    const ended = this.#ended.then(() => this.#end(stale))
    this.#ended = ended.catch(() => {})
    return ended
  }

  async #end(stale: ReadonlySet<string>): Promise<readonly Connection[]> {
    let { replaced, doubtful } = this.#divide(stale)
    if (replaced.length > 0 || this.#work.isInFlight || this.#requests.areOpen) {
      const before = new Set(this.#sockets.open())
      await this.#drain(replaced)
      // A job that a server has given away before it sees the end comes to the loop that asked for it.
      const polled = replaced.filter(({ isPolled }) => isPolled)
      await Promise.all(polled.map(connection => connection.finish()))
      if (polled.some(({ isHeld }) => isHeld)) await this.#drain(replaced)
      // Work may have opened further ones.
      if (this.#sockets.open().some(connection => !before.has(connection)))
        ({ replaced, doubtful } = this.#divide(stale))
    }
    this.#work.endUsed()
    await Promise.all([this.#requests.endReplaced(), ...replaced.map(connection => connection.end())])
    return doubtful
  }

  /** Lets the work in flight be finished. No new work gets in: what arrives from now on waits. */
  async #drain(replaced: readonly Connection[]): Promise<void> {
    for (const connection of replaced) connection.hold()
    const began = performance.now()
    const isAsked = ({ asked }: Connection) =>
      asked !== undefined && asked < began && performance.now() - asked < answerTime
    await this.#work.drain(
      forSomething => {
        this.#requests.endPolls()
        const asked = replaced.filter(isAsked)
        const isAnswer = forSomething && !this.#requests.isWaiting
        for (const connection of replaced) {
          const isWanted = isAnswer || connection.isPolled || asked.includes(connection)
          if (isWanted && connection.isHeld) connection.letIn()
        }
        return asked.length > 0 || this.#requests.isWaiting
      },
      replaced.flatMap(({ question }) => question ?? []),
    )
  }

  /** Which connections belong to replaced modules, and of which nobody can tell. */
  #divide(stale: ReadonlySet<string>): { replaced: Connection[]; doubtful: Connection[] } {
    const unknown = this.#sockets.open().filter(connection => {
      const holder = this.#holders.get(connection)
      return holder === undefined || stale.has(holder)
    })
    const holders = this.#findHolders(unknown, stale)
    if (!holders) return { replaced: [], doubtful: unknown.filter(isOrphan) }
    // Such a connection was opened in a request, say, by a pool that only a function of the entry point knows.
    const nobodys = unknown.filter(connection => !holders.has(connection) && !connection.opener && !connection.isPooled)
    for (const [connection, id] of this.#findHolders(nobodys, stale, true) ?? []) holders.set(connection, id)
    const replaced = unknown.filter(connection => {
      const holder = holders.get(connection)
      return holder === undefined ? isOrphan(connection) : stale.has(holder)
    })
    return { replaced, doubtful: [] }
  }

  #findHolders(
    connections: readonly Connection[],
    stale: ReadonlySet<string>,
    thorough = false,
  ): Map<Connection, string> | undefined {
    const found = new Map<Connection, string>()
    if (connections.length === 0) return found
    const held = this.#holdersOf(new Set(connections.map(({ object }) => object)), stale, thorough)
    if (!held) return undefined
    for (const connection of connections) {
      const id = held.get(connection.object)
      if (id === undefined) continue
      found.set(connection, id)
      this.#holders.set(connection, id)
    }
    return found
  }
}

/** Was a connection opened by a replaced evaluation, and is it in no pool that Node or undici manages? */
function isOrphan({ opener, isPooled }: Connection): boolean {
  return opener?.disposed === true && !isPooled
}
