import { beforeEach, describe, expect, it } from 'vitest'
import { Settler } from '../src/settling/settler.ts'

/** A clock that the test turns, and a disk with what the test puts there. */
class World {
  now = 0
  disk = new Map<string, string>()
  known = new Map<string, string>()
  steady = true
  unreadable = ''
  log: string[] = []
  /** Events that were heard, and are handed in at the next look. */
  heard: (() => void)[] = []
  busy = false
  timers: { at: number; fn: () => void }[] = []
  settler = new Settler({
    now: () => this.now,
    after: (ms, fn) => {
      const timer = { at: this.now + ms, fn }
      this.timers.push(timer)
      return () => {
        this.timers = this.timers.filter(other => other !== timer)
      }
    },
    lookNow: () => {
      for (const event of this.heard.splice(0)) event()
    },
    isBusy: () => this.busy,
    read: path => {
      if (path === this.unreadable) return 'later'
      const text = this.disk.get(path)
      return text === undefined ? undefined : { content: Buffer.from(text), steady: this.steady }
    },
    lastRead: path => (this.known.has(path) ? Buffer.from(this.known.get(path)!) : undefined),
    deliver: settled => {
      const parts = [...settled].map(([path, content]) => `${path}=${content?.toString() ?? 'gone'}`)
      this.log.push(`${this.now}: ${parts.join(' ')}`)
    },
  })

  /** Runs what is due until `time`, in order. */
  until(time: number): void {
    for (;;) {
      const next = this.timers.filter(timer => timer.at <= time).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.timers = this.timers.filter(timer => timer !== next)
      this.now = Math.max(this.now, next.at)
      next.fn()
    }
    this.now = time
  }

  save(path: string, text: string, hint: 'moved' | 'written'): void {
    this.disk.set(path, text)
    this.settler.touch(path, hint)
  }
}

describe('A file settles', () => {
  let world: World
  beforeEach(() => {
    world = new World()
  })

  it('at once when it was moved into place', () => {
    world.save('/a', 'text', 'moved')
    world.until(0)
    expect(world.log).toEqual(['0: /a=text'])
  })

  it('after 5 ms of quiet when it was written', () => {
    world.save('/a', 'one', 'written')
    world.until(4)
    world.save('/a', 'one two', 'written')
    world.until(8)
    expect(world.log).toEqual([])
    world.until(20)
    expect(world.log).toEqual(['9: /a=one two'])
  })

  it('after 5 ms when its creation turns out to be followed by a write', () => {
    world.save('/a', 'half', 'moved')
    world.save('/a', 'half and half', 'written')
    world.until(20)
    expect(world.log).toEqual(['5: /a=half and half'])
  })

  it('4 ms later each time it changes while it is read', () => {
    world.steady = false
    world.save('/a', 'text', 'written')
    world.until(8)
    world.steady = true
    world.until(20)
    expect(world.log).toEqual(['9: /a=text'])
  })

  it('7 ms later when it shrank', () => {
    world.known.set('/a', 'longer')
    world.save('/a', 'short', 'written')
    world.until(20)
    expect(world.log).toEqual(['12: /a=short'])
  })

  it('7 ms later when its size is a whole number of pages', () => {
    const page = 'x'.repeat(4096)
    world.save('/a', page, 'written')
    world.until(20)
    expect(world.log).toEqual([`12: /a=${page}`])
  })

  it('with its new bytes when they come within 100 ms after it was emptied', () => {
    world.known.set('/a', 'before')
    world.save('/a', '', 'written')
    world.until(90)
    world.save('/a', 'after that', 'written')
    world.until(300)
    expect(world.log).toEqual(['95: /a=after that'])
  })

  it('empty when it stays empty for 100 ms', () => {
    world.known.set('/a', 'before')
    world.save('/a', '', 'written')
    world.until(300)
    expect(world.log).toEqual(['105: /a='])
  })

  it('without an extra wait when its bytes are those known before', () => {
    world.known.set('/a', '')
    world.save('/a', '', 'written')
    world.until(300)
    expect(world.log).toEqual(['5: /a='])
  })

  it('as gone after 5 ms, unless it is back by then', () => {
    world.known.set('/gone', 'text')
    world.settler.touch('/gone', 'gone')
    world.settler.touch('/back', 'moved')
    world.until(2)
    world.save('/back', 'again', 'written')
    world.until(20)
    expect(world.log).toEqual(['7: /gone=gone /back=again'])
  })

  it('together with the other half of a rename', () => {
    world.known.set('/old', 'text')
    world.settler.touch('/old', 'gone')
    world.save('/new', 'text', 'moved')
    world.until(20)
    expect(world.log).toEqual(['5: /new=text /old=gone'])
  })

  it('only when a pause is over', () => {
    world.settler.pause()
    world.save('/a', 'text', 'moved')
    world.until(50)
    expect(world.log).toEqual([])
    world.settler.resume()
    expect(world.log).toEqual(['50: /a=text'])
  })

  it('together with everything that changed during a pause, however long that takes to settle', () => {
    world.known.set('/shrunk', 'longer')
    world.settler.pause()
    world.save('/moved', 'text', 'moved')
    world.save('/shrunk', 'short', 'written')
    world.save('/emptied', '', 'written')
    world.until(1)
    world.settler.resume()
    world.until(300)
    expect(world.log).toEqual(['105: /moved=text /shrunk=short /emptied='])
  })

  it('after a pause, although another file is written to for ever', () => {
    world.settler.pause()
    world.save('/log', '0', 'written')
    world.save('/a', 'text', 'moved')
    world.until(1)
    world.settler.resume()
    for (let time = 2; time < 200; time += 2) {
      world.until(time)
      world.save('/log', `${time}`, 'written')
    }
    expect(world.log).toEqual(['151: /a=text'])
  })

  it('together with a file that became dirty at the same time and takes longer', () => {
    world.known.set('/shrunk', 'longer')
    world.save('/moved', 'text', 'moved')
    world.save('/written', 'text', 'written')
    world.save('/shrunk', 'short', 'written')
    world.until(50)
    expect(world.log).toEqual(['12: /moved=text /written=text /shrunk=short'])
  })

  it('together with a file that becomes dirty while it waits', () => {
    world.save('/a', 'a', 'written')
    world.until(4)
    world.save('/b', 'b', 'written')
    world.until(8)
    world.save('/c', 'c', 'written')
    world.until(50)
    expect(world.log).toEqual(['13: /a=a /b=b /c=c'])
  })

  it('together with a save whose event came, but was not looked at yet', () => {
    world.save('/a', 'a', 'written')
    world.heard.push(() => world.save('/b', 'b', 'written'))
    world.until(50)
    expect(world.log).toEqual(['10: /a=a /b=b'])
  })

  it('at once when its temporary file was seen before it was moved into place', () => {
    world.save('/a.tmp', 'text', 'written')
    world.until(1)
    world.disk.delete('/a.tmp')
    world.settler.touch('/a.tmp', 'gone')
    world.save('/a', 'text', 'moved')
    world.until(1)
    expect(world.log).toEqual(['1: /a=text'])
  })

  it('150 ms after it was ready, although others are saved without end', () => {
    world.save('/a', 'a', 'moved')
    for (let time = 0; time < 400; time += 4) {
      world.save(`/other${time % 3}`, `${time}`, 'written')
      world.until(time + 4)
    }
    expect(world.log[0]).toBe('150: /a=a /other2=140 /other0=144')
  })

  it('at once, although one file is written to without end and has been for 150 ms', () => {
    for (let time = 0; time < 400; time++) {
      world.save('/log', `${time}`, 'written')
      if (time === 300) world.save('/a', 'a', 'moved')
      world.until(time + 1)
    }
    expect(world.log[0]).toBe('300: /a=a')
  })

  it('at once, although another file cannot be read at the moment', () => {
    world.unreadable = '/busy'
    world.save('/busy', '', 'written')
    world.until(20)
    world.save('/a', 'a', 'moved')
    world.until(20)
    expect(world.log).toEqual(['20: /a=a'])
  })

  it('in one update with hundreds of others, with pauses of 30 ms and a second in all', () => {
    for (let file = 0; file < 600; file++) {
      world.save(`/${file}`, 'text', 'written')
      world.until(world.now + (file % 100 === 99 ? 29 : 1))
    }
    world.until(2000)
    expect(world.log.map(line => line.split(' ').length - 1)).toEqual([600])
  })

  it('2 s after it was ready, although more and more files become dirty', () => {
    for (let file = 0; file < 3000; file++) {
      world.save(`/${file}`, 'text', 'written')
      world.until(file + 1)
    }
    expect(world.log.length).toBe(1)
    expect(world.log[0]).toMatch(/^2005: /)
  })

  it('together with a file that takes longer, although the event loop was blocked for longer than that may take', () => {
    world.known.set('/shrunk', 'longer')
    world.save('/a', 'a', 'moved')
    world.save('/shrunk', 'short', 'written')
    world.until(1)
    world.now = 300
    world.until(400)
    expect(world.log).toEqual(['307: /a=a /shrunk=short'])
  })

  it('while an update runs, and is delivered together with what became dirty before its end', () => {
    world.busy = true
    world.save('/a', 'a', 'moved')
    world.until(500)
    world.save('/b', 'b', 'written')
    world.until(501)
    world.busy = false
    world.settler.deliverReady()
    world.until(600)
    expect(world.log).toEqual(['505: /a=a /b=b'])
  })

  it('never once the settler is closed', () => {
    world.save('/a', 'text', 'written')
    world.settler.close()
    world.until(50)
    expect(world.log).toEqual([])
    expect(world.timers).toEqual([])
  })
})
