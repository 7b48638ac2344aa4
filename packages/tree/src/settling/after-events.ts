/** Waiting a while, in such a way that what happened meanwhile is heard first. */
/** Taken before the program may replace them. */
const { setTimeout, setImmediate, clearTimeout, clearImmediate } = globalThis

/**
 * A timer that lets events be heard first: when it fires late, those that came meanwhile are handed in before it calls back.
 * `persistent`: does it keep the process alive? Returns its canceller.
 */
export function afterEvents(ms: number, fn: () => void, persistent: boolean): () => void {
  let immediate: NodeJS.Immediate | undefined
  const go = () => {
    // Always referenced: the event loop sleeps through an immediate that is not (seen on Node 22, 24 and 26).
    immediate = setImmediate(fn)
  }
  const timer = ms > 0 ? setTimeout(go, ms) : undefined
  if (!persistent) timer?.unref()
  if (!timer) go()
  return () => {
    clearTimeout(timer)
    if (immediate) clearImmediate(immediate)
  }
}
