/** A queue of jobs for programs that work on them: it pushes, or is asked, over TCP and over HTTP. Who is gone gives back what he had. */
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach } from 'vitest'
import { until } from './wires.ts'

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

interface Consumer {
  readonly name: string
  readonly jobs: Set<string>
  /** How many jobs it may have now. */
  wants: number
  /** Does it ask for each job? */
  asks: boolean
  /** Is what was given to it its own? */
  readonly pops?: boolean
  give(job: string): void
}

/**
 * Consumers say `push NAME` or, for each job, `take NAME`, and `done JOB`, which is answered. What was sent to those who say `pop NAME`
 * is theirs, and does not come back. Over HTTP, what was answered does not come back. `/add/-/JOB` adds one, and
 * `/slow` takes a while.
 */
export class JobQueue {
  port = 0
  httpPort = 0
  /** `+name`, `name got job`, `name did job`, `-name`, in the order in which it happened. */
  readonly log: string[] = []
  readonly #jobs: string[] = []
  readonly #consumers = new Set<Consumer>()
  /** How many jobs one consumer may have at a time. */
  readonly #most: number

  static async open(most = 1): Promise<JobQueue> {
    const queue = new JobQueue(most)
    queue.port = await listen(createServer(socket => queue.#connected(socket)))
    queue.httpPort = await listen(queue.#createHttp())
    return queue
  }

  private constructor(most: number) {
    this.#most = most
  }

  add(...jobs: string[]): void {
    this.#jobs.push(...jobs)
    this.#give()
  }

  has(...log: string[]): Promise<void> {
    return until(
      () => log.every(entry => this.log.includes(entry)),
      () => `${log} in ${this.log}`,
    )
  }

  #give(): void {
    for (const consumer of this.#consumers) {
      while (this.#jobs.length > 0 && consumer.jobs.size < consumer.wants) {
        const job = this.#jobs.shift()!
        if (!consumer.pops) consumer.jobs.add(job)
        if (consumer.asks) consumer.wants = 0
        this.log.push(`${consumer.name} got ${job}`)
        consumer.give(job)
      }
    }
  }

  #add(consumer: Consumer): void {
    this.#consumers.add(consumer)
    this.#give()
  }

  #gone(consumer: Consumer): void {
    if (!this.#consumers.delete(consumer)) return
    this.#jobs.unshift(...consumer.jobs)
    this.#give()
  }

  #connected(socket: Socket): void {
    let rest = ''
    let consumer: Consumer | undefined
    let isAsking = false
    socket.setEncoding('utf8').on('error', () => {})
    socket.on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        const [word, what] = line.split(' ') as [string, string]
        if (word === 'done') {
          this.log.push(`${consumer!.name} did ${what}`)
          consumer!.jobs.delete(what)
          if (isAsking) socket.write('ok\n')
          else this.#give()
          continue
        }
        const isNew = consumer === undefined
        const give = (job: string) => void socket.write(`${job}\n`)
        isAsking = word === 'take' || word === 'pop'
        consumer ??= { name: what, jobs: new Set(), wants: this.#most, asks: false, pops: word === 'pop', give }
        consumer.asks = isAsking
        if (isAsking) consumer.wants = 1
        if (isNew) this.log.push(`+${what}`)
        this.#add(consumer)
      }
    })
    socket.on('close', () => {
      if (!consumer) return
      this.log.push(`-${consumer.name}`)
      this.#gone(consumer)
    })
  }

  #createHttp(): Server {
    return createHttpServer((request, response) => {
      const [, word, name, job] = request.url!.split('/') as [string, string, string, string]
      if (word === 'slow') {
        response.write('so')
        setTimeout(() => response.end('slow'), 60)
        return
      }
      if (word === 'done' || word === 'add') {
        if (word === 'done') this.log.push(`${name} did ${job}`)
        else this.add(job)
        response.end('ok')
        return
      }
      const consumer: Consumer = { name, jobs: new Set(), wants: 1, asks: true, give: job => void response.end(job) }
      response.on('close', () => {
        if (response.writableFinished) this.#consumers.delete(consumer)
        else this.#gone(consumer)
      })
      this.#add(consumer)
    })
  }
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise(resolve => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}
