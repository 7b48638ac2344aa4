/** What a followed place is called: its id for the tree's users, and its key in the settler. */
import { pathToFileURL } from 'node:url'

/**
 * What matters about a place. `content`: a file's bytes. `names`: the names in a folder. `all names`: also those in all folders
 * below. `target`: where links lead from there. `kind`: only whether there is a file, a folder, or nothing.
 */
export type Aspect = 'content' | 'names' | 'all names' | 'target' | 'kind'

/** The settler's key for a followed place is this and its id. No path of a tree begins so. */
const mark = '\0'

const suffix: Record<Aspect, string> = { content: '', names: '/', 'all names': '/**', target: '#target', kind: '#kind' }

export function keyOf(id: string): string {
  return mark + id
}

export function isFollowedKey(key: string): boolean {
  return key.startsWith(mark)
}

export function idOfKey(key: string): string {
  return key.slice(mark.length)
}

/** The id of an aspect of a place: the place's URL, with an ending for every aspect but `content`. */
export function idOf(place: string, aspect: Aspect): string {
  return pathToFileURL(place).href + suffix[aspect]
}
