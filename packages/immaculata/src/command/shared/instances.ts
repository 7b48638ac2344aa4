/** Where a process has the one instance of each of these packages. `.ci/one-instance.ts` writes what looks there. */
export const instances = Symbol.for('native hot modules: instances')

declare const VERSION: string

/** The version of all packages, put in by the build. */
export const version = VERSION
