import type { HotContext } from '@hot/hooks'

/** `import.meta.hot` of a program without Vite's types; where those are, they are what `hot` has, and more. */
interface WithHot {
  /**
   * The lifetime of this evaluation of the module, as Vite documents it, with `signal`, `use` and `keep`. `undefined` when the
   * hooks are off.
   */
  // biome-ignore lint/suspicious/noExplicitAny: Vite's own declaration has to be compatible with it, whatever it says
  readonly hot?: ImportMeta extends { readonly glob: unknown } ? any : HotContext
}

declare global {
  interface ImportMeta extends WithHot {}
}

// @ts-ignore: there is no such module without Vite
declare module 'vite/types/hot.d.ts' {
  interface ViteHotContext extends Pick<HotContext, 'signal' | 'use' | 'keep'> {}
}
