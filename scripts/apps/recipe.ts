/** What a recipe says of an application: where it comes from, how it is started, what is asked of it, and how it is edited. */

/** Where one process of an application runs. */
export interface Place {
  readonly port: number
  /** A folder for what this process writes. It is empty at first, and the same for all processes of one tool. */
  readonly folder: string
}

/** What is asked: a path, a whole request, or anything that resolves with an answer. */
export type Ask =
  | string
  | {
      readonly method?: string
      readonly path: string
      readonly headers?: Record<string, string>
      readonly body?: string
    }
  | ((place: Place) => Promise<unknown>)

/** One edit: `[file, text, replacement]`, or one of the others. What is said of files is relative to the clone. */
export type Edit =
  | readonly [file: string, text: string, replacement: string]
  | { readonly add: string; readonly text: string; readonly and?: readonly Edit[] }
  | { readonly remove: string; readonly and?: readonly Edit[] }
  | { readonly rename: string; readonly to: string; readonly and: readonly Edit[] }

export interface Recipe {
  readonly name: string
  /** Its kind, in a few words: framework, database, module system. */
  readonly kind: string
  /** On GitHub. */
  readonly repository: string
  readonly commit: string
  /** What has to be there, beside the dependencies that the application's own instructions install. */
  readonly needs?: string
  /** What stands behind `node` in the application's own start script. */
  readonly start: readonly string[]
  /** What follows the start file. */
  args?(place: Place): string[]
  /** The folder that it is started in. Default: the clone. */
  readonly cwd?: string
  /** Its folders with sources: what the formatter goes over. */
  readonly sources: readonly string[]
  env?(place: Place): Record<string, string>
  /** What its own instructions run before the first start, such as migrations of an empty database. */
  prepare?(clone: string, place: Place): void
  /** Starts what the application talks to, for one place. Returns what ends it. */
  stub?(place: Place): Promise<() => void>
  readonly asks: readonly Ask[]
  /** How many ms lie between two rounds of questions, where the application answers only so many. Default: 3. */
  readonly pace?: number
  /** What differs from process to process is replaced by a dot. */
  readonly ignore?: RegExp
  readonly edits: readonly Edit[]
  /** An older commit with the same dependencies. */
  readonly older?: string
}
