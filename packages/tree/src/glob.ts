/**
 * A function that says whether a path matches a pattern: `**` (any folders, as a whole segment), `*`, `?`, `{a,b}`,
 * `{1..3}`, `[a-z]`, `[!a-z]`, and `\` to take the next character as it is. Anchored at the root, with or without `/`.
 */
export function matcher(pattern: string): (path: string) => boolean {
  const alternatives = expandBraces(pattern).map(one => {
    const segments = one.split('/').filter((segment, at) => segment !== '' || at > 0)
    return segments.map(segment => (segment === '**' ? undefined : new RegExp(`^${segmentSource(segment)}$`, 'u')))
  })
  return path => {
    const names = path.split('/').slice(1)
    return alternatives.some(segments => matches(segments, names))
  }
}

/** `undefined` stands for `**`. Backtracks to the last of them only, so it is never worse than segments × names. */
function matches(segments: readonly (RegExp | undefined)[], names: readonly string[]): boolean {
  let segment = 0
  let name = 0
  let restartSegment = -1
  let restartName = 0
  while (name < names.length) {
    const test = segments[segment]
    if (segment < segments.length && test === undefined) {
      // A `**` at the end wants at least one name, which it finds here.
      restartSegment = ++segment
      restartName = name
      if (segment === segments.length) return true
    } else if (test?.test(names[name]!)) {
      segment++
      name++
    } else if (restartSegment !== -1) {
      segment = restartSegment
      name = ++restartName
    } else return false
  }
  return segment === segments.length
}

function segmentSource(segment: string): string {
  let source = ''
  for (let at = 0; at < segment.length; at++) {
    const char = segment[at]!
    if (char === '*') source += source.endsWith('[^/]*') ? '' : '[^/]*'
    else if (char === '?') source += '[^/]'
    else if (char === '\\' && at + 1 < segment.length) source += literal(segment[++at]!)
    else if (char === '[') {
      const end = segment.indexOf(']', segment[at + 1] === '!' || segment[at + 1] === '^' ? at + 3 : at + 2)
      if (end === -1) source += '\\['
      else {
        const negated = segment[at + 1] === '!' || segment[at + 1] === '^'
        const inner = segment.slice(at + (negated ? 2 : 1), end).replace(/[\\\][&^]/g, '\\$&')
        source += `[${negated ? '^' : ''}${inner}]`
        at = end
      }
    } else source += literal(char)
  }
  return source
}

function literal(char: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char
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
      return group.parts.flatMap(part => expandBraces(part).flatMap(middle => tails.map(tail => head + middle + tail)))
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

function numbers(from: number, to: number): string[] {
  const step = from <= to ? 1 : -1
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, at) => String(from + at * step))
}
