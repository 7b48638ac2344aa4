/** What `import()` gives. */

// biome-ignore lint/suspicious/noExplicitAny: as in Vite's types, so that programs written for them compile
export type Loose = any

/** A module's namespace object, as `import()` gives it. */
export type ModuleNamespace = Record<string, Loose> & { [Symbol.toStringTag]: 'Module' }
