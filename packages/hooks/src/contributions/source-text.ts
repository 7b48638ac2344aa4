/**
 * What the text of a module tells: whether it may hold state, and which variables are assigned to or added to. It is read as text,
 * whatever the language. A wrong yes costs a look, and a wrong no a contribution.
 */

/** Whether a text adds to something of this name: counts it up or down, or assigns what it makes of its value before. */
export function addsTo(name: string, text: string): boolean {
  return addsToPlace(name, '', text)
}

/** Whether a text adds to an entry of something of this name, which it chooses by an index or a key. */
export function addsToEntries(name: string, text: string): boolean {
  return (
    addsToPlace(name, '\\s*\\[[^\\]\\n]*\\]', text) || (/\.set\s*\([^;\n]*\.get\s*\(/.test(text) && text.includes(name))
  )
}

/** `entry`: what follows the name, as an expression. */
function addsToPlace(name: string, entry: string, text: string): boolean {
  if (!/^#?[\w$]+$/.test(name)) return false
  const escaped = `${name.startsWith('#') ? '' : '\\b'}${name.replaceAll('$', '\\$')}\\b`
  return new RegExp(
    `${escaped}${entry}\\s*(?:\\+\\+|--|[+-]=)|(?:\\+\\+|--)[\\w$.]*${escaped}${entry}|${escaped}${entry}\\s*=[^=>\\n][^;\\n]*${escaped}`,
  ).test(text)
}

/** The private fields that a class adds to, with the `#`. */
export function countedFieldsIn(text: string): string[] {
  return [...new Set(text.match(/#[\w$]+/g))].filter(name => addsTo(name, text))
}

/** Whether a text puts the elements of an array into another order, or takes some out. */
export function rearranges(text: string): boolean {
  return /\.(?:reverse|sort|splice|copyWithin)\s*\(/.test(text)
}

/** The names of the packages that a text imports. */
export function packagesIn(text: string): string[] {
  const specifiers = text.matchAll(
    /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)['"]((?:@[^'"/]+\/)?[^'"./][^'"/]*)/g,
  )
  return [...specifiers].map(([, name]) => name!)
}

/** Whether a text may put something on an object that it did not make: it assigns to properties, or calls what does. */
export function mayPatch(text: string): boolean {
  return /[\w$\])]\s*(?:\.\s*#?[\w$]+|\])\s*[?|&]{0,2}=(?![=>])|\bassign\s*\(|\bdefine(?:Property|Properties)\b|\bReflect\b/.test(
    text,
  )
}

/** Whether a text has a loop without an end that can be seen, or an async function that may call itself. */
export function isEndless(text: string): boolean {
  if (/\bwhile\s*\(|\bfor\s+await\b|\bfor\s*\([^;)]*;\s*;/.test(text)) return true
  const asyncNames = /\basync\s+(?:function\s+)?([\w$]+)\s*\(|\b([\w$]+)\s*[=:]\s*async\b/g
  return [...text.matchAll(asyncNames)].some(([, one, other]) => {
    const name = (one ?? other)!.replaceAll('$', '\\$')
    return (text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0) > 2
  })
}

/** Whether a text sets an entry of a Map to what it makes of the value before. */
export function buildsEntries(text: string): boolean {
  if (/\.set\s*\([^\n;]*\.get\s*\(/.test(text)) return true
  const read = /([\w$]+)\s*=\s*[^\n;=]*\.get\s*\(/g
  for (const [, name] of text.matchAll(read)) {
    if (new RegExp(`\\.set\\s*\\([^\\n;]*,[^\\n;]*\\b${name!.replaceAll('$', '\\$')}\\s*[-+]`).test(text)) return true
  }
  return false
}

/** The variables among these that a text assigns to after their declaration. */
export function assignedIn(text: string, names: Iterable<string>): string[] {
  if (!/\b(?:let|var)\b/.test(text)) return []
  return [...names].filter(name => {
    if (!/^[\w$]+$/.test(name) || !text.includes(name)) return false
    const escaped = name.replaceAll('$', '\\$')
    return new RegExp(
      `(?<!(?:let|var|const)\\s+|[.\\w$])${escaped}\\s*(?:[-+*|&?]{0,2}=(?![=>])|\\+\\+|--)|(?:\\+\\+|--)${escaped}\\b`,
    ).test(text)
  })
}

/**
 * May a module hold more than functions, classes and primitives? Its text tells. Most modules do not, and then cost nothing. A wrong
 * yes does no harm.
 */
export function mayHoldState(text: string): boolean {
  return variable.test(text) || /\bstatic\b|\bexports\b|^export default (?!(?:async )?function|class)/m.test(text)
}

/** A variable at the beginning of a line, but not a constant with a function or a primitive. */
const variable =
  /^[ \t]*(?:export\s+)?(?:(?:let|var)\b|const\b(?!\s+[\w$]+(?:\s*:[^=\n]+)?\s*=\s*(?:(?:async\s*)?(?:\([^()\n]*\)|[\w$]+)\s*(?::[^=\n]+)?=>|(?:async\s+)?function\b|class\b|['"`\d-]|true\b|false\b|null\b|(?:String|Number)\()))/m
