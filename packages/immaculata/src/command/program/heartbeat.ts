/** Signs of life for the command while the program is evaluated: an endless loop keeps it from seeing the save that mends it. */
import { tell } from '../shared/channel.ts'

/** Node's own: the program may replace them. */
const { setInterval, clearInterval } = globalThis

/** How often, in ms. */
const beat = 500

/** How long after the beginning of an evaluation, in ms: what it began may get stuck soon after, too. */
const watched = 10_000

let timer: NodeJS.Timeout | undefined

/** An evaluation begins. */
export function beginHeartbeat(): void {
  clearInterval(timer)
  tell({ say: 'busy' })
  const end = performance.now() + watched
  timer = setInterval(() => {
    if (performance.now() < end) {
      tell({ say: 'beat' })
      return
    }
    clearInterval(timer)
    tell({ say: 'idle' })
  }, beat).unref()
}
