/** The open connections of a server. No listener is added to them, because a program may count its own. */
export class OpenConnections<T extends { readonly destroyed: boolean }> {
  readonly #all = new Set<T>()
  #most = few

  add(connection: T): void {
    this.#all.add(connection)
    if (this.#all.size <= this.#most) return
    this.#forgetClosed()
    this.#most = 2 * this.#all.size + few
  }

  delete(connection: T): void {
    this.#all.delete(connection)
  }

  get size(): number {
    this.#forgetClosed()
    return this.#all.size
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const connection of [...this.#all]) if (!connection.destroyed) yield connection
  }

  #forgetClosed(): void {
    for (const connection of this.#all) if (connection.destroyed) this.#all.delete(connection)
  }
}

/** So many may be closed before they are looked for. */
const few = 64
