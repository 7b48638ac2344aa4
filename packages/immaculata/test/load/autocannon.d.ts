declare module 'autocannon' {
  import type { EventEmitter } from 'node:events'

  export interface Client extends EventEmitter {
    on(event: 'body', listener: (body: Buffer) => void): this
    on(event: 'response', listener: (status: number, bytes: number, duration: number) => void): this
  }

  export interface Result {
    requests: { total: number; average: number }
    latency: { p50: number; p99: number; max: number }
    errors: number
    timeouts: number
    resets: number
    non2xx: number
    '2xx': number
  }

  export interface Instance extends EventEmitter, PromiseLike<Result> {
    stop(): void
  }

  export default function autocannon(options: {
    url: string
    connections: number
    duration: number
    timeout: number
    setupClient(client: Client): void
  }): Instance
}
