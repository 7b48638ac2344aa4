/**
 * What the evaluations of a program have connected to, as a client: a database, a broker, a gateway, a bot's long poll.
 *
 * In come the sockets and requests that Node opens, each with the evaluation whose asynchronous chain opened it. At an update,
 * after the program's own cleanups and before the successor is evaluated, out go the ends of those that belong to what is
 * replaced. The invariant: whose a connection is, is seen, in the objects that reach it, wherever somebody can look
 * ({@link HoldersOf}); who opened it decides only where nobody holds it, since a pool opens its first connection for whoever
 * asks it first. Whatever ends here ends in silence: it was replaced, so nobody is to hear of it.
 */
import type { Patches } from '../node/patches.ts'
import type { ScopeOf } from '../ownership/owner-of-call.ts'
import { ClientSockets, type Connection } from './client-sockets.ts'
import { type Opener, openerOf, patchCalls } from './opener.ts'
import { OutgoingRequests } from './outgoing-requests.ts'

/**
 * For each of these objects that a module holds, the id of such a module: one that is not stale if there is any. `thorough`:
 * nothing else tells whose they are, and it may take its time. Without this function, only who opened a connection is known.
 */
export type HoldersOf = (
  objects: ReadonlySet<object>,
  stale: ReadonlySet<string>,
  thorough: boolean,
) => ReadonlyMap<object, string>

const none: ReadonlySet<string> = new Set()

export class Connections {
  readonly #scopeOf: ScopeOf
  readonly #holdersOf: HoldersOf
  readonly #sockets: ClientSockets
  readonly #requests: OutgoingRequests
  /** Modules that were seen to hold a connection. */
  readonly #holders = new WeakMap<Connection, string>()

  constructor(scopeOf: ScopeOf, holdersOf: HoldersOf = () => new Map()) {
    const opener = (): Opener | undefined => openerOf(scopeOf)
    this.#scopeOf = scopeOf
    this.#holdersOf = holdersOf
    this.#requests = new OutgoingRequests(opener)
    this.#sockets = new ClientSockets(opener, connection => this.#findHolders([connection], none).size > 0)
  }

  /** Begins to notice what connects. */
  start(patches: Patches): void {
    patchCalls(patches, this.#scopeOf)
    this.#requests.start()
    this.#sockets.start(patches)
  }

  stop(): void {
    this.#requests.stop()
    this.#sockets.stop()
  }

  /**
   * The scopes of these modules are disposed, and nothing of them is evaluated again yet: ends what they had connected, and what
   * they had asked for. Resolves when the other sides have been told.
   */
  async end(stale: ReadonlySet<string>): Promise<void> {
    await Promise.all([this.#requests.endReplaced(), ...this.#replaced(stale).map(connection => connection.end())])
  }

  /** The connections that belong to what is replaced. */
  #replaced(stale: ReadonlySet<string>): Connection[] {
    const open = this.#sockets.open()
    const unknown = open.filter(connection => {
      const holder = this.#holders.get(connection)
      return holder === undefined || stale.has(holder)
    })
    const holders = this.#findHolders(unknown, stale)
    // Opened in a request, say, by a pool that only a function of the entry point knows.
    const nobodys = unknown.filter(connection => !holders.has(connection) && !connection.opener && !connection.isPooled)
    for (const [connection, id] of this.#findHolders(nobodys, stale, true)) holders.set(connection, id)
    return unknown.filter(connection => {
      const holder = holders.get(connection)
      return holder === undefined ? isOrphan(connection) : stale.has(holder)
    })
  }

  #findHolders(
    connections: readonly Connection[],
    stale: ReadonlySet<string>,
    thorough = false,
  ): Map<Connection, string> {
    const found = new Map<Connection, string>()
    if (connections.length === 0) return found
    const held = this.#holdersOf(new Set(connections.flatMap(({ objects }) => objects)), stale, thorough)
    for (const connection of connections) {
      const ids = connection.objects.flatMap(object => held.get(object) ?? [])
      const id = ids.find(id => !stale.has(id)) ?? ids[0]
      if (id === undefined) continue
      found.set(connection, id)
      this.#holders.set(connection, id)
    }
    return found
  }
}

/** Opened by an evaluation that is replaced, and in nobody's pool that Node itself looks after. */
function isOrphan({ opener, isPooled }: Connection): boolean {
  return opener?.disposed === true && !isPooled
}
