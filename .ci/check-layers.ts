/** Finds the imports that lead upward, against `layers.ts`. Run by `pnpm lint`. */
import fs from 'node:fs'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { type Layers, packageLayers, roomLayers, withoutNode } from './layers.ts'

export interface Rules {
  readonly packageLayers: Layers
  readonly roomLayers: Readonly<Record<string, Layers>>
  readonly withoutNode: readonly string[]
}

/** Every violation in `packages/` below `root`: a sentence with the place and the remedy. */
export function violations(root: string, rules: Rules): string[] {
  const names = new Map<string, string>()
  const found: string[] = []
  for (const folder of fs.readdirSync(path.join(root, 'packages')).sort()) {
    const manifest = path.join(root, 'packages', folder, 'package.json')
    if (!fs.existsSync(manifest)) continue
    names.set(JSON.parse(fs.readFileSync(manifest, 'utf8')).name, folder)
    if (layerOf(rules.packageLayers, folder) === -1)
      found.push(`packages/${folder} has no layer: add '${folder}' to packageLayers in .ci/layers.ts.`)
    else if (!rules.roomLayers[folder])
      found.push(
        `packages/${folder} has no layers of its own: add a line for '${folder}' to roomLayers in .ci/layers.ts.`,
      )
  }
  for (const folder of names.values())
    if (rules.roomLayers[folder]) found.push(...inPackage(root, folder, rules, names))
  return found
}

function inPackage(root: string, folder: string, rules: Rules, names: ReadonlyMap<string, string>): string[] {
  const src = path.join(root, 'packages', folder, 'src')
  const layers = rules.roomLayers[folder]!
  const found = layers
    .flat()
    .filter(room => !fs.existsSync(path.join(src, room)))
    .map(
      room =>
        `packages/${folder}/src/${room} is not there: remove '${room}' from roomLayers.${folder} in .ci/layers.ts.`,
    )
  for (const file of sourceFiles(src)) {
    const place = `packages/${folder}/src/${file}`
    const room = roomOf(layers, file)
    if (room === undefined) {
      const unknown = path.posix.dirname(file)
      found.push(
        `${place} lies in a folder without a layer: add '${unknown}' to roomLayers.${folder} in .ci/layers.ts, above ` +
          'everything it imports, and below everything that imports it.',
      )
      continue
    }
    for (const specifier of importsOf(path.join(src, file))) {
      const wrong = specifier.startsWith('.')
        ? wrongInside(src, layers, file, room, specifier)
        : wrongOutside(folder, specifier, rules, names)
      if (wrong) found.push(`${place} imports '${specifier}': ${wrong}`)
    }
  }
  return found
}

/** What is wrong with an import of a file of the same package; `undefined` if nothing is. */
function wrongInside(src: string, layers: Layers, file: string, room: string, specifier: string): string | undefined {
  const target = path.posix.join(path.posix.dirname(file), specifier)
  if (target.startsWith('..'))
    return `it leads out of ${path.basename(path.dirname(src))}/src. Import the package by its name.`
  const other = roomOf(layers, target)
  // A folder without a layer is reported with its own files.
  if (other === undefined || other === room) return undefined
  const [from, to] = [layerOf(layers, room), layerOf(layers, other)]
  if (to < from) return undefined
  const remedy = 'Move what both need into a lower layer, or hand it in from above.'
  return to === from
    ? `'${room}' and '${other}' know nothing of each other. ${remedy}`
    : `'${other}' lies above '${room}'. ${remedy}`
}

/** What is wrong with an import of a package; `undefined` if nothing is. */
function wrongOutside(
  folder: string,
  specifier: string,
  rules: Rules,
  names: ReadonlyMap<string, string>,
): string | undefined {
  if (isBuiltin(specifier)) return rules.withoutNode.includes(folder) ? `${folder} runs without Node.` : undefined
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const other = names.get(name)
  if (other === undefined || layerOf(rules.packageLayers, other) < layerOf(rules.packageLayers, folder))
    return undefined
  return `${folder} knows nothing of ${other}, which does not lie below it.`
}

function layerOf(layers: Layers, room: string): number {
  return layers.findIndex(layer => layer.includes(room))
}

/** The room that a file is in. A folder with rooms of its own is the room of the files right in it, not of other folders. */
function roomOf(layers: Layers, file: string): string | undefined {
  const rooms = layers.flat()
  if (rooms.includes(file)) return file
  const home = path.posix.dirname(file)
  for (let folder = home; ; folder = path.posix.dirname(folder)) {
    const isDivided = folder === '.' || rooms.some(room => room.startsWith(`${folder}/`))
    if (rooms.includes(folder) && (folder === home || !isDivided)) return folder
    if (folder === '.' || isDivided) return undefined
  }
}

function sourceFiles(src: string): string[] {
  const entries = fs.readdirSync(src, { recursive: true, encoding: 'utf8' })
  return entries
    .map(entry => entry.replaceAll('\\', '/'))
    .filter(entry => /\.[cm]?[jt]s$/.test(entry))
    .sort()
}

/** Every specifier of a file: of imports and exports, types included, and of `import()` and `require()` calls. */
function importsOf(file: string): string[] {
  return ts.preProcessFile(fs.readFileSync(file, 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = violations(fileURLToPath(new URL('..', import.meta.url)), { packageLayers, roomLayers, withoutNode })
  for (const violation of found) console.error(violation)
  if (found.length > 0) process.exitCode = 1
}
