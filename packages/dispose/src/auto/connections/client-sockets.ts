/** Notices the sockets that connect to a server: TCP, TLS, Unix sockets, and HTTP/2 sessions on them. */
import diagnostics from 'node:diagnostics_channel'
import type { Agent } from 'node:http'
import type { ClientHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { Scope } from '../../scope.ts'
import { type Builtins, ifLoaded } from '../node/builtins.ts'
import type { Patches } from '../node/patches.ts'
import { captureCallSites } from '../ownership/call-sites.ts'
import type { Place } from '../ownership/rounds.ts'
import type { WorkInFlight } from '../ownership/work.ts'
import { endInSilence, partingTime } from './end-in-silence.ts'
import { Incoming } from './incoming.ts'

const net = process.getBuiltinModule('node:net')
const { setImmediate } = globalThis

/** A connection of the program, open or about to open. */
export interface Connection {
  /** The evaluation whose chain opened it. */
  readonly opener: Scope | undefined
  /** What the program, or a package, holds of it. */
  readonly object: object
  /** Where it leads, and the package that opened it: `the connection of pg to 127.0.0.1:5432`. */
  describe(): string
  /** Is it in a pool that serves everybody: that of one of Node's global agents, or of fetch? */
  readonly isPooled: boolean
  /** From now on, what arrives on it waits until it is let in. */
  hold(): void
  letIn(): void
  /** Does something wait? */
  readonly isHeld: boolean
  /** When the code of a tree wrote what is not answered yet, by `performance.now()`. */
  readonly asked: number | undefined
  /** Does a loop of the module's own wait for an answer on it: for a job perhaps, that its server then takes for done? */
  readonly isPolled: boolean
  /** Where a loop of the module's own has asked on it last. */
  readonly question: Place | undefined
  /** Says the end to the other side, and holds what still comes. Resolves when the other side has ended it as well. */
  finish(): Promise<void>
  /** Ends it in silence. Resolves when the other side has seen the end. */
  end(): Promise<void>
}

const packageName = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/

class ClientSocket implements Connection {
  readonly socket: Socket
  readonly opener: Scope | undefined
  /** What lies on the socket: TLS, or an HTTP/2 session. */
  readonly layers: (Socket | ClientHttp2Session)[] = []
  readonly #managed: Set<Socket>
  readonly sites = captureCallSites()
  readonly #work: WorkInFlight
  readonly #incoming: Incoming[] = []

  readonly #agent: Agent | undefined
  /** Has the other side been told the end, and had the time to answer? */
  #isTold = false

  constructor(
    socket: Socket,
    opener: Scope | undefined,
    { managed, work, agent }: { managed: Set<Socket>; work: WorkInFlight; agent: Agent | undefined },
  ) {
    this.#work = work
    this.#agent = agent
    this.socket = socket
    this.opener = opener
    this.#managed = managed
    this.#incoming.push(new Incoming(socket, work))
  }

  addLayer(layer: Socket | ClientHttp2Session): void {
    this.layers.push(layer)
    if ('push' in layer) this.#incoming.push(new Incoming(layer, this.#work))
  }

  hold(): void {
    for (const incoming of this.#incoming) incoming.hold()
  }

  letIn(): void {
    for (const incoming of this.#incoming) incoming.letIn()
  }

  get isHeld(): boolean {
    return this.#incoming.some(({ isHeld }) => isHeld)
  }

  get asked(): number | undefined {
    return this.#incoming.at(-1)!.asked
  }

  get isPolled(): boolean {
    return this.#incoming.at(-1)!.isPolled
  }

  get question(): Place | undefined {
    return this.#incoming.at(-1)!.question
  }

  finish(): Promise<void> {
    this.#isTold = true
    return this.#incoming.at(-1)!.finish(partingTime)
  }

  /** A socket in the lists of an agent is held by whoever holds the agent: lists of Node's own are not looked through. */
  get object(): object {
    const agent = this.#agent
    return agent && holds(agent, this.socket) ? agent : (this.layers.at(-1) ?? this.socket)
  }

  describe(): string {
    const { remoteAddress, remotePort } = this.socket
    const file = this.sites().find(site => packageName.test(site.getFileName() ?? ''))
    const name = packageName.exec(file?.getFileName() ?? '')?.[1]
    const place = remoteAddress === undefined ? '' : ` to ${remoteAddress}:${remotePort}`
    return `the connection${name ? ` of ${name}` : ''}${place}`
  }

  get isPooled(): boolean {
    const agents = [ifLoaded('http')?.globalAgent, ifLoaded('https')?.globalAgent]
    return this.#managed.has(this.socket) || agents.some(agent => agent && holds(agent, this.socket))
  }

  end(): Promise<void> {
    const ended = endInSilence([this.socket, ...this.layers], this.#isTold)
    for (const incoming of this.#incoming) incoming.drop()
    return ended
  }
}

/** The open client sockets of the program. */
export class ClientSockets {
  readonly #opener: () => Scope | undefined
  readonly #isWanted: (connection: Connection) => boolean
  readonly #work: WorkInFlight
  readonly #open = new Map<Socket, ClientSocket>()
  /** The sockets that undici manages, for fetch or in pools of the package. It closes idle ones by itself. */
  readonly #managed = new Set<Socket>()
  #ofUndici = false
  #builtins: Builtins | undefined

  constructor(opener: () => Scope | undefined, isWanted: (connection: Connection) => boolean, work: WorkInFlight) {
    this.#work = work
    this.#opener = opener
    this.#isWanted = isWanted
  }

  start(patches: Patches, builtins: Builtins): void {
    this.#builtins = builtins
    diagnostics.subscribe('undici:client:beforeConnect', this.#beforeConnect)
    diagnostics.subscribe('undici:client:sendHeaders', this.#sendHeaders)
    patches.replace(net.Socket.prototype, 'connect', (self, args, call) => this.#connect(self as Socket, args, call))
    builtins.whenLoaded('tls', tls => {
      patches.replace(tls, 'connect', (_self, _args, call) => {
        const socket = call() as Socket & { readonly _parent?: Socket | null }
        if (socket._parent) this.#open.get(socket._parent)?.addLayer(socket)
        return socket
      })
    })
    builtins.whenLoaded('http2', http2 => {
      patches.replace(http2, 'connect', (_self, _args, call) => {
        const session = call() as ClientHttp2Session
        // `session.socket` would return a Proxy of the socket.
        const socket = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'socket')
        const connection = socket && this.#open.get(Reflect.get(session, socket) as Socket)
        connection?.addLayer(session)
        return session
      })
    })
  }

  stop(): void {
    diagnostics.unsubscribe('undici:client:beforeConnect', this.#beforeConnect)
    diagnostics.unsubscribe('undici:client:sendHeaders', this.#sendHeaders)
  }

  open(): ClientSocket[] {
    // Some packages remove all listeners of a socket, also the one that forgets it.
    for (const socket of this.#open.keys()) if (socket.destroyed) this.#forget(socket)
    return [...this.#open.values()]
  }

  readonly #beforeConnect = () => {
    // `fetch` has loaded what it connects with.
    this.#builtins?.look()
    this.#ofUndici = true
  }

  /** The socket of a WebSocket does not go back into a pool. */
  readonly #sendHeaders = (message: unknown) => {
    const { request, socket } = message as { request: { upgrade?: unknown }; socket: Socket }
    if (request.upgrade) this.#managed.delete(socket)
  }

  #connect(socket: Socket, args: readonly unknown[], call: () => unknown): unknown {
    const managed = this.#ofUndici
    this.#ofUndici = false
    const connection = new ClientSocket(socket, this.#opener(), {
      managed: this.#managed,
      work: this.#work,
      agent: agentIn(args),
    })
    this.#open.set(socket, connection)
    if (managed) this.#managed.add(socket)
    // Added before any listener of the program.
    socket.once('close', () => this.#forget(socket))
    const { opener } = connection
    if (!opener?.disposed || managed || this.#work.mayRequest(opener, connection.sites())) return call()
    // A replaced evaluation must not connect any more. But the socket may belong to a pool of an unchanged module: that can be seen
    // as soon as the code that creates it has stored it.
    Object.assign(socket, { connecting: true })
    setImmediate(() => {
      if (socket.destroyed) return
      if (this.#isWanted(connection)) call()
      else void connection.end()
    })
    return socket
  }

  #forget(socket: Socket): void {
    this.#open.delete(socket)
    this.#managed.delete(socket)
  }
}

/** The agent that opens a socket is in its options. Node calls `connect` with the list of arguments that it was itself called with. */
function agentIn([first]: readonly unknown[]): Agent | undefined {
  const options: unknown = Array.isArray(first) ? first[0] : first
  const agent: unknown = (options as { agent?: unknown } | null | undefined)?.agent
  const isAgent = typeof agent === 'object' && agent !== null && 'sockets' in agent && 'freeSockets' in agent
  return isAgent ? (agent as Agent) : undefined
}

function holds(agent: Agent, socket: Socket): boolean {
  return [agent.sockets, agent.freeSockets].some(lists =>
    Object.values(lists ?? {}).some(list => list?.includes(socket)),
  )
}
