/** The name that was probably meant. */

/** The nearest of some names, if it differs by at most two letters, and by less than half of them. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.min(2, Math.ceil(name.replaceAll('-', '').length / 2) - 1) + 1
  for (const each of names) {
    const distance = distanceOf(name, each, least)
    if (distance < least) [best, least] = [each, distance]
  }
  return best
}

/** How many letters have to be added, taken away, replaced or exchanged with their neighbour; `most` if it is that many or more. */
function distanceOf(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        next[j] = Math.min(next[j]!, before[j - 2]! + 1)
    }
    before = row
    row = next
  }
  return row[b.length]!
}
