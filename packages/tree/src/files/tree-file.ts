/**
 * Files: what a tree holds, and the calls of a file system on it.
 *
 * The published files come in; names, paths and copies of them go out. The invariant: the bytes of a `TreeFile` never change,
 * and its version is never used for another.
 */

/** One file of a tree, as it was published. A change makes a new `TreeFile`; the bytes of an old one never change. */
export class TreeFile {
  /** Where it is in the tree: `/a/b.ts`. */
  readonly path: string
  /** Its bytes. They are shared, not copied: do not write into them. */
  readonly content: Buffer
  /** Strictly increasing over all files of the process; see {@link nextVersion}. Whoever serves the file may raise it. */
  version: number
  #text: string | undefined

  constructor(path: string, content: Buffer, version: number) {
    this.path = path
    this.content = content
    this.version = version
  }

  /**
   * The bytes as UTF-8, without a leading byte order mark, decoded when first asked for.
   * Throws Node's `ERR_STRING_TOO_LONG` for more than about 512 MB.
   */
  get text(): string {
    if (this.#text === undefined) {
      const text = this.content.toString('utf8')
      this.#text = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
    }
    return this.#text
  }
}
