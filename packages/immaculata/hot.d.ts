import type { HotContext } from '@hot/hooks'

declare global {
  interface ImportMeta {
    /** The lifetime of this evaluation of the module, as Vite documents it. `undefined` when the hooks are off. */
    readonly hot?: HotContext
  }
}
