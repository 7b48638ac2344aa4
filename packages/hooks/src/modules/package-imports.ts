/** Who imports which package: Node's loaders do not tell of ES modules. Every file of a package is loaded once for each process. */

/** The URL of the package's folder that a URL lies in, with a slash at its end. */
export function packageFolderOf(url: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(url)?.[0]
}

export class PackageImports {
  readonly #importers = new Map<string, Set<string>>()

  /** `importer` is a module's id, or its URL. */
  add(url: string, importer: string): void {
    const folder = packageFolderOf(url)
    const from = packageFolderOf(importer) ?? importer
    if (folder === undefined || folder === from) return
    let importers = this.#importers.get(folder)
    if (!importers) {
      importers = new Set()
      this.#importers.set(folder, importers)
    }
    importers.add(from)
  }

  /** Folders of packages, ids of modules, and URLs of other files: who has imported a file of this package. */
  importersOf(folder: string): Iterable<string> {
    return this.#importers.get(folder) ?? []
  }

  /** Whether something in this package's folder has imported another package. */
  importsOthers(folder: string): boolean {
    return [...this.#importers.values()].some(importers => importers.has(folder))
  }
}
