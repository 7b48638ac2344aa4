/** Modules whose evaluation does not come to its end, because they wait at a top-level `await`. */
import type { HotModule } from '../modules/module.ts'
import { type Place, placeAt } from '../modules/places.ts'
import type { Program } from '../modules/program.ts'
import { ownImport } from '../node/own-import.ts'
import { topLevelAwaits } from '../node/top-level-awaits.ts'
import { stripTypes } from '../node/typescript.ts'
import { reachableFrom } from './unused-modules.ts'

/** Taken before the program may replace them. */
const { setImmediate } = globalThis

/**
 * The places of the awaits at which modules wait right now, one module after the other; where one has several, any of them may be
 * the one. Modules that only wait for others of these are left out.
 */
export async function waitingAt(program: Program): Promise<Place[][]> {
  const waiting = new Map<HotModule, Place[]>()
  for (const module of [...program.all()]) {
    const { file } = module
    if (!module.loaded || module.commonjs || !file) continue
    const places = placesOfAwaits(module, file.text)
    if (places.length > 0 && !(await isSettled(ownImport(module.id)))) waiting.set(module, places)
  }
  const below = new Map([...waiting.keys()].map(({ id }) => [id, reachableFrom(program.graph, [id])]))
  const waitsForOther = (id: string) =>
    [...below].some(([other, ids]) => other !== id && below.get(id)!.has(other) && !ids.has(id))
  return [...waiting].filter(([{ id }]) => !waitsForOther(id)).map(([, places]) => places)
}

function placesOfAwaits({ id }: HotModule, text: string): Place[] {
  try {
    const source = /\.[cm]?ts$/.test(id.replace(/[?#].*$/s, '')) ? stripTypes(text, id) : text
    return topLevelAwaits(source).map(index => placeAt(id, text, index))
  } catch {
    return [] // it takes a compiler
  }
}

/** Whether a promise is settled, or is about to be. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  )
  const later = new Promise<boolean>(resolve => {
    setImmediate(() => setImmediate(() => resolve(false)))
  })
  return Promise.race([settled, later])
}
