/** `tree.glob`: which paths match a pattern. */

/**
 * A function that says whether a path matches a pattern: `**` (any folders, as a whole segment), `*`, `?`, `{a,b}`,
 * `{1..3}`, `[a-z]`, `[!a-z]`, and `\` to take the next character as it is. Anchored at the root, with or without `/`.
 */
export function matcher(pattern: string): (path: string) => boolean {
  const alternatives = expandBraces(pattern).map(one => {
    const segments = one.split('/').filter((segment, at) => segment !== '' || at > 0)
    return segments.map(segment => (segment === '**' ? undefined : nameTest(segment)))
  })
  return path => {
    const names = path.split('/').slice(1)
    return alternatives.some(tests => matches(tests, names, 1))
  }
}

type Test = (item: string) => boolean

/**
 * Do the items pass the tests, one each, where `undefined` stands for any number of them (for at least `last`, at the end)?
 * It goes back to the last `undefined` only, so no pattern takes longer than tests × items: regular expressions may.
 */
function matches(tests: readonly (Test | undefined)[], items: readonly string[], last: 0 | 1): boolean {
  let test = 0
  let item = 0
  let restart: { test: number; item: number } | undefined
  while (item < items.length) {
    if (test < tests.length && tests[test] === undefined) {
      if (++test === tests.length) return true
      restart = { test, item }
    } else if (tests[test]?.(items[item]!)) {
      test++
      item++
    } else if (restart) {
      test = restart.test
      item = ++restart.item
    } else return false
  }
  while (last === 0 && test < tests.length && tests[test] === undefined) test++
  return test === tests.length
}

function nameTest(segment: string): Test {
  const tests: (Test | undefined)[] = []
  const chars = [...segment]
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!
    if (char === '*') tests.push(undefined)
    else if (char === '?') tests.push(() => true)
    else if (char === '\\' && at + 1 < chars.length) tests.push(is(chars[++at]!))
    else if (char === '[') {
      const negated = chars[at + 1] === '!' || chars[at + 1] === '^'
      const start = at + (negated ? 2 : 1)
      // A bracket that comes first is a member, not the end.
      const end = chars.indexOf(']', start + 1)
      if (end === -1) tests.push(is(char))
      else {
        const member = oneOf(chars.slice(start, end))
        tests.push(negated ? item => !member(item) : member)
        at = end
      }
    } else tests.push(is(char))
  }
  return name => matches(tests, [...name], 0)
}

function is(char: string): Test {
  return item => item === char
}

function oneOf(members: readonly string[]): Test {
  const ranges: [string, string][] = []
  for (let at = 0; at < members.length; at++) {
    const isRange = members[at + 1] === '-' && at + 2 < members.length
    ranges.push([members[at]!, members[isRange ? at + 2 : at]!])
    if (isRange) at += 2
  }
  return item => ranges.some(([from, to]) => from <= item && item <= to)
}

/** `a{b,c{d,e}}` gives `ab`, `acd`, `ace`. A brace without a comma, or without its partner, is a character. */
function expandBraces(pattern: string): string[] {
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++
    else if (pattern[at] === '{') {
      const group = braceGroup(pattern, at)
      if (!group) continue
      const head = pattern.slice(0, at)
      const tails = expandBraces(pattern.slice(group.end + 1))
      const middles = group.parts.flatMap(part => expandBraces(part))
      if (middles.length * tails.length > mostAlternatives) throw tooMany()
      return middles.flatMap(middle => tails.map(tail => head + middle + tail))
    }
  }
  return [pattern]
}

function braceGroup(pattern: string, open: number): { parts: string[]; end: number } | undefined {
  const parts: string[] = []
  let depth = 0
  let start = open + 1
  for (let at = open; at < pattern.length; at++) {
    const char = pattern[at]
    if (char === '\\') at++
    else if (char === '{') depth++
    else if (char === '}' && --depth === 0) {
      parts.push(pattern.slice(start, at))
      const range = parts.length === 1 ? /^(\d+)\.\.(\d+)$/.exec(parts[0]!) : null
      if (range) return { parts: numbers(Number(range[1]), Number(range[2])), end: at }
      return parts.length > 1 ? { parts, end: at } : undefined
    } else if (char === ',' && depth === 1) {
      parts.push(pattern.slice(start, at))
      start = at + 1
    }
  }
  return undefined
}

/** A pattern that expands to more is a mistake, or meant to take long. */
const mostAlternatives = 10_000

function tooMany(): RangeError {
  return new RangeError(`A pattern may stand for ${mostAlternatives} names with its braces, not for more: use * or ?`)
}

function numbers(from: number, to: number): string[] {
  if (Math.abs(to - from) >= mostAlternatives) throw tooMany()
  const step = from <= to ? 1 : -1
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, at) => String(from + at * step))
}
