import { ticks } from './clock.js'

export function render() {
  return `<!doctype html><title>import.meta.hot</title><p>${ticks()} seconds since the clock was started.`
}
