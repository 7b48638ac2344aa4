/** Tells the command that the program is alive while it is evaluated. In an endless loop it could not see the save that mends it. */
import { tell } from '../shared/channel.ts'

/** Taken before the program may replace them. */
const { setInterval, clearInterval } = globalThis
const clock = performance.now.bind(performance)

/** The time between two beats, in ms. */
const beat = 500

/** For how many ms after the beginning of an evaluation it beats: what the evaluation began may get stuck soon after, too. */
const watched = 10_000

let timer: NodeJS.Timeout | undefined

/** An evaluation begins. */
export function beginHeartbeat(): void {
  clearInterval(timer)
  tell({ say: 'busy' })
  const end = clock() + watched
  timer = setInterval(() => {
    if (clock() < end) {
      tell({ say: 'beat' })
      return
    }
    clearInterval(timer)
    tell({ say: 'idle' })
  }, beat).unref()
}
