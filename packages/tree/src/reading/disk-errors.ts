/** Errors of the disk: what their codes mean, and how they are reported, each once. */

/** Taken before the program may replace them. */
const { setImmediate } = globalThis

/** Does an error say that there is nothing at a path? */
export function isAbsence(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENXIO'
}

/** Does an error say that the same call may succeed in a moment? */
export function isTemporary(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'EMFILE' || code === 'ENFILE' || code === 'EBUSY' || code === 'EAGAIN'
}

/** The code of a system error, such as `'ENOENT'`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Tells which paths of the disk cannot be read. Each error is raised once for each path, until that path can be read. */
export class DiskErrors {
  readonly #diskPath: (path: string) => string
  readonly #raise: (error: Error) => void
  /** The code of the error that was raised last for each path. */
  readonly #raised = new Map<string, string>()

  constructor(diskPath: (path: string) => string, raise: (error: Error) => void) {
    this.#diskPath = diskPath
    this.#raise = raise
  }

  report(path: string, error: unknown): void {
    const code = codeOf(error) ?? String(error)
    if (this.#raised.get(path) === code) return
    this.#raised.set(path, code)
    const diskPath = this.#diskPath(path)
    const cause = error instanceof Error ? error.message : String(error)
    const message = `${diskPath} is left out of the tree, it cannot be read: ${cause}. Make it readable, or exclude it.`
    const raised = Object.assign(new Error(message, { cause: error }), { code, path: diskPath })
    // Later, so that listeners that are added right after the constructor hear it.
    setImmediate(() => this.#raise(raised))
  }

  /** A path was read without an error: the next error there is news. */
  recovered(path: string): void {
    this.#raised.delete(path)
  }
}
