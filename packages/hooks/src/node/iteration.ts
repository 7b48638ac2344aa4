/** Can arrays be iterated? A program may delete that, and Node itself goes on; nobody else can do anything then. */
const iterator = Array.prototype[Symbol.iterator]

/** Has the program left the iterator of arrays alone? If not, its files are Node's from then on, and are not hot. */
export function canIterate(): boolean {
  return Array.prototype[Symbol.iterator] === iterator
}
