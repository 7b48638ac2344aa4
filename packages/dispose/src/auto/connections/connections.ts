/**
 * What the evaluations of a program have connected to, as a client: a database, a broker, a gateway, a bot's long poll.
 *
 * In come the sockets and requests that Node opens, each with the evaluation whose asynchronous chain opened it. At an update,
 * after the program's own cleanups and before the successor is evaluated, out go the ends of those that belong to what is
 * replaced. The invariant: whose a connection is, is seen, in the objects that reach it, wherever somebody can look
 * ({@link Holders}); who opened it decides only where nobody holds it, since a pool opens its first connection for whoever
 * asks it first. Whatever ends here ends in silence: it was replaced, so nobody is to hear of it.
 */
import type { Patches } from '../node/patches.ts'
import type { ScopeOf } from '../ownership/owner-of-call.ts'
import { ClientSockets, type Connection } from './client-sockets.ts'
import { type Opener, openerOf, patchCalls } from './opener.ts'
import { OutgoingRequests } from './outgoing-requests.ts'

/**
 * Tells which of these objects can be reached from the top-level values of modules: of the stale ones, or of all the others.
 * Without it, only who opened a connection is known.
 */
export type Holders = (connections: ReadonlySet<object>, of: 'stale' | 'others') => ReadonlySet<object>

export class Connections {
  readonly #scopeOf: ScopeOf
  readonly #sockets: ClientSockets
  readonly #requests: OutgoingRequests
  #holders: Holders | undefined

  constructor(scopeOf: ScopeOf) {
    const opener = (): Opener | undefined => openerOf(scopeOf)
    this.#scopeOf = scopeOf
    this.#requests = new OutgoingRequests(opener)
    this.#sockets = new ClientSockets(opener, connection => this.#isWanted(connection))
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

  /** How many connections are open that evaluations have opened. */
  get count(): number {
    return this.#sockets.open().filter(({ opener }) => opener && !opener.disposed).length
  }

  /**
   * The scopes of what is stale are disposed, and nothing of it is evaluated again yet: ends what it had connected, and what
   * it had asked for. Resolves when the other sides have been told.
   */
  async end(holders: Holders | undefined): Promise<void> {
    this.#holders = holders
    this.#requests.endReplaced()
    await Promise.all(this.#replaced().map(connection => connection.end()))
  }

  /** The connections that belong to what is replaced. */
  #replaced(): Connection[] {
    const open = this.#sockets.open()
    if (open.length === 0) return []
    const stale = reached(this.#holders, open, 'stale')
    const candidates = open.filter(connection => isOrphan(connection) || connection.objects.some(it => stale.has(it)))
    if (candidates.length === 0) return []
    const kept = reached(this.#holders, candidates, 'others')
    return candidates.filter(({ objects }) => !objects.some(it => kept.has(it)))
  }

  /** Somebody whose evaluation is replaced is about to connect: is it on behalf of a module that is not? */
  #isWanted(connection: Connection): boolean {
    const kept = reached(this.#holders, [connection], 'others')
    return connection.objects.some(it => kept.has(it))
  }
}

/** Opened by an evaluation that is replaced, and in nobody's pool that Node itself looks after. */
function isOrphan({ opener, isPooled }: Connection): boolean {
  return opener?.disposed === true && !isPooled
}

function reached(holders: Holders | undefined, connections: readonly Connection[], of: 'stale' | 'others') {
  return holders?.(new Set(connections.flatMap(({ objects }) => objects)), of) ?? new Set<object>()
}
