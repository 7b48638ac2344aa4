/** What a process reads only once: a change of it needs a restart. */

const lockFile = /\/(?:pnpm-lock\.yaml|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|bun\.lockb?)$/
const environment = /\/\.env(?:\.[^/]*)?$/
const compiler = /\/tsconfig[^/]*\.json$/

/** Is a file followed although it cannot be a module? */
export function isOutsideModules(path: string): boolean {
  return lockFile.test(path) || environment.test(path) || compiler.test(path)
}

/** Why a changed file needs a restart; `undefined` if it does not. The hooks do this for a package.json. */
export function restartReason(path: string): string | undefined {
  const name = path.slice(1)
  if (environment.test(path)) return `${name} changed, and a process reads its environment once`
  if (lockFile.test(path)) return `${name} changed, and packages are loaded once`
  if (compiler.test(path)) return `${name} changed, and compilers read it once`
  return undefined
}
