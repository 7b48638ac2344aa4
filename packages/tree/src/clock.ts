/** A timer that, when it fires late, lets the events that came meanwhile be heard first. */
export function afterEvents(ms: number, fn: () => void): () => void {
  let immediate: NodeJS.Immediate | undefined
  const go = () => {
    immediate = setImmediate(fn)
  }
  const timer = ms > 0 ? setTimeout(go, ms) : undefined
  if (!timer) go()
  return () => {
    clearTimeout(timer)
    if (immediate) clearImmediate(immediate)
  }
}
