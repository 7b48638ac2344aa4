/**
 * `import()`, as this package calls it itself. Such an import is no edge in the graph, so the hooks must know it by its importer. The
 * build of `immaculata` has a file of its own in the place of this one: code that was compiled with `node:vm` has no `import()`.
 */

/** Imports a module by its URL. */
export function ownImport(url: string): Promise<never> {
  return import(url) as Promise<never>
}

/** The URL that Node gives as the importer. */
export const ownImporter = import.meta.url
