/** Can arrays be iterated? A program may delete that, and Node itself goes on. */
const iterator = Array.prototype[Symbol.iterator]

/** Has the program left the iterator of arrays alone? Without it, nobody owns what is opened from then on. */
export function canIterate(): boolean {
  return Array.prototype[Symbol.iterator] === iterator
}
