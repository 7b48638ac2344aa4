/**
 * Sees to it that a process has one instance of each package, also under `immaculata`, whose own processes load all of them from one
 * file. The folder of a package comes in; the files that its `exports` name go out. The invariant: whoever imports a package gets the
 * instance that runs the program, if its version is the same, and else the package's own.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Where that instance is: exports, by the package's name and version, and the path in it. */
export const instances = 'native hot modules: instances'

/** The version of all packages. */
export function version(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version
}

/** Writes `dist/<entry>.js` for each entry. What it stands for is in `dist/own-*.js`. */
export async function writeEntries(folder: string, name: string, entries: readonly string[]): Promise<void> {
  for (const entry of entries) {
    const own = join(folder, `dist/own-${entry}.js`)
    const names = Object.keys((await import(`${pathToFileURL(own).href}?built=${Date.now()}`)) as object)
    const key = `${name}${entry === 'index' ? '' : `/${entry}`}@${version(folder)}`
    const text = `import * as own from './own-${entry}.js'
const found = globalThis[Symbol.for(${JSON.stringify(instances)})]?.[${JSON.stringify(key)}] ?? own
export const { ${names.join(', ')} } = found
`
    writeFileSync(join(folder, `dist/${entry}.js`), text)
  }
}
