import autocannon, { type Client, type Result } from 'autocannon'

/** Full load on one URL, with every response looked at. */
export class Traffic {
  readonly ended: Promise<Result>
  /** Responses that say less than what was live when they were asked for. */
  stale = 0
  /** Responses without a stamp. */
  wrong = 0
  /** Which save was live, from when on. */
  readonly #settled = [{ number: 0, time: performance.now() }]

  constructor(url: string, connections: number, seconds: number) {
    const setupClient = (client: Client) => {
      let body = ''
      client.on('body', text => {
        body = text.toString()
      })
      client.on('response', (_status, _bytes, duration) => this.#look(body, performance.now() - duration))
    }
    const instance = autocannon({ url, connections, duration: seconds, timeout: 10, setupClient })
    this.ended = Promise.resolve(instance)
  }

  settled(number: number): void {
    this.#settled.push({ number, time: performance.now() })
  }

  #look(body: string, asked: number): void {
    const stamp = /save (\d+);/.exec(body)
    if (!stamp) {
      this.wrong++
      return
    }
    const live = this.#settled.findLast(({ time }) => time < asked)
    if (live && Number(stamp[1]) < live.number) this.stale++
  }
}
