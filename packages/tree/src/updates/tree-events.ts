/** The events of a tree, with the types of their listeners. */
import { SafeEmitter } from './safe-emitter.ts'
import type { Change } from './updates.ts'

// biome-ignore lint/suspicious/noExplicitAny: events that others raise on a tree have listeners of their own kind, as in Node's types
type Listener = (...args: any[]) => unknown

export class TreeEvents extends SafeEmitter {
  override on(event: 'filesUpdated', listener: (changes: readonly Change[]) => unknown): this
  override on(event: 'error', listener: (error: unknown) => unknown): this
  override on(event: string | symbol, listener: Listener): this
  override on(event: string | symbol, listener: Listener): this {
    return super.on(event, listener as () => void)
  }

  override once(event: 'filesUpdated', listener: (changes: readonly Change[]) => unknown): this
  override once(event: 'error', listener: (error: unknown) => unknown): this
  override once(event: string | symbol, listener: Listener): this
  override once(event: string | symbol, listener: Listener): this {
    return super.once(event, listener as () => void)
  }
}
