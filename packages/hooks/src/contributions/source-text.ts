/**
 * What the text of a module tells: whether it may hold state, and which variables are assigned to or added to. Its code is read as text,
 * whatever the language. A wrong yes costs a look, and a wrong no a contribution.
 */
import { codeIn } from './code-text.ts'

/** What may follow in the same statement, over several lines if an operator says so. Its length is limited: some texts are one line. */
const sameStatement = '(?:[^;\\n]|(?<=[-+*/%&|^(,[?:=.][ \\t]*)\\n|\\n(?=\\s*[-+*/%&|^?:.)\\]])){0,500}?'
/** Whatever assigns something that is made of the value before. */
const updates = '(?:\\+\\+|--|(?:[-+/%&|^]|\\*\\*?|<<|>>>?)=)'

/** A pattern for a name, which is no part of a longer one. `undefined` if it is no name. */
function patternOf(name: string): string | undefined {
  if (!/^#?[\p{ID_Continue}$]+$/u.test(name)) return undefined
  return `(?<![\\p{ID_Continue}$])${name.replaceAll('$', '\\$')}(?![\\p{ID_Continue}$])`
}

/** Whether a text adds to something of this name: counts it up or down, or assigns what it makes of its value before. */
export function addsTo(name: string, text: string): boolean {
  return addsToPlace(name, '', text)
}

/** Whether a text adds to an entry of something of this name, which it chooses by an index or a key. */
export function addsToEntries(name: string, text: string): boolean {
  return (text.includes(name) && buildsEntries(text)) || addsToPlace(name, '\\s*\\[[^\\]\\n]*\\]', text)
}

/** `entry`: what follows the name, as an expression. */
function addsToPlace(name: string, entry: string, text: string): boolean {
  const named = patternOf(name)
  if (named === undefined || !text.includes(name)) return false
  const place = `${named}${entry}`
  const others = [
    `(?:\\+\\+|--)[\\p{ID_Continue}$.]*${place}`,
    `${place}\\s*=(?![=>])${sameStatement}${named}`,
    `[[{][^;=\\n]{0,200}?${named}[^;\\n]{0,200}?[\\]}]\\s*=(?![=>])[^;\\n]{0,200}?${named}`,
  ]
  return new RegExp(`${place}\\s*${updates}|${others.join('|')}`, 'u').test(codeIn(text))
}

/** The private fields that a class adds to, with the `#`. */
export function countedFieldsIn(text: string): string[] {
  return [...new Set(codeIn(text).match(/#[\w$]+/g))].filter(name => addsTo(name, text))
}

/** Whether a text puts the elements of an array into another order, or takes some out. */
export function rearranges(text: string): boolean {
  return /\.(?:reverse|sort|splice|copyWithin)\s*\(/.test(codeIn(text))
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
  const assigns = /[\w$\])]\s*(?:\.\s*#?[\w$]+|\])\s*(?:\?\?|\|\||&&)?=(?![=>])/
  const destructures = /[.\]]\s*[\w$]*\s*(?:,[^;=\n]{0,200})?[\]}]\s*=(?![=>])/
  const calls = /\bassign\s*\(|\bdefine(?:Property|Properties)\b|\bReflect\b/
  const code = codeIn(text)
  return assigns.test(code) || destructures.test(code) || calls.test(code)
}

/** Whether a text has a loop without an end that can be seen, or an async function that may call itself. */
export function isEndless(text: string): boolean {
  const code = codeIn(text)
  if (/\bwhile\s*\(|\bfor\s+await\b|\bfor\s*\([^;)]*;\s*;/.test(code)) return true
  const asyncNames = /\basync\s+(?:function\s+)?([\w$]+)\s*\(|\b([\w$]+)\s*[=:]\s*async\b/g
  return [...code.matchAll(asyncNames)].some(([, one, other]) => {
    const name = (one ?? other)!.replaceAll('$', '\\$')
    return (code.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0) > 2
  })
}

/** Whether a text sets an entry of a Map to what it makes of the value before. */
export function buildsEntries(text: string): boolean {
  const code = codeIn(text)
  if (/\.set\s*\([^\n;]*\.get\s*\(/.test(code)) return true
  const read = /([\w$]+)\s*=\s*[^\n;=]*\.get\s*\(/g
  for (const [, name] of code.matchAll(read)) {
    if (new RegExp(`\\.set\\s*\\([^\\n;]*,[^\\n;]*\\b${name!.replaceAll('$', '\\$')}\\s*[-+]`).test(code)) return true
  }
  return false
}

/** The variables among these that a text assigns to after their declaration. */
export function assignedIn(text: string, names: Iterable<string>): string[] {
  const code = codeIn(text)
  if (!/\b(?:let|var)\b/.test(code)) return []
  return [...names].filter(name => {
    const named = patternOf(name)
    if (named === undefined || !code.includes(name)) return false
    const ways = [
      `(?<!(?:let|var|const)\\s+|\\.\\s*)${named}\\s*(?:${updates}|(?:\\?\\?|\\|\\||&&)?=(?![=>]))`,
      `(?:\\+\\+|--)${named}`,
      `\\bfor\\s*(?:await\\s*)?\\(\\s*${named}\\s+(?:of|in)\\b`,
      `(?<!(?:let|var|const)\\s+|[\\p{ID_Continue}$)\\]]\\s*)[[{][^;=\\n]{0,200}?${named}[^;\\n]{0,200}?[\\]}]\\s*=(?![=>])`,
    ]
    return new RegExp(ways.join('|'), 'u').test(code)
  })
}

/**
 * May a module hold more than functions, classes and primitives? Its text tells. Most modules do not, and then cost nothing. A wrong
 * yes does no harm.
 */
export function mayHoldState(text: string): boolean {
  const code = codeIn(text)
  return [variable, furtherConstant, property, /\bstatic\b|\bexports\b/, defaultValue].some(sign => sign.test(code))
}

const defaultValue = /^export default (?!(?:async )?function|class)/m
/** `A.all = []` */
const property = /^[ \t]*[\w$]+(?:\.[\w$]+)+\s*(?:\?\?|\|\|)?=(?![=>])/m
/** A second one in a list, behind a function. */
const furtherConstant = /^(?:export\s+)?const\b[^\n(]*=>[^\n(]*,\s*[\w$]+\s*=(?![=>])|^\s*\}\s*,\s*[\w$]+\s*=(?![=>])/m

const function_ = '(?:async\\s*)?(?:\\([^()\\n]*\\)|[\\w$]+)\\s*(?::[^=\\n]+)?=>|(?:async\\s+)?function\\b|class\\b'
/** Up to its end: what is made of a text may be an array. */
const primitive =
  '(?:\'\'|""|`[^`]*`|-?[\\d.]+\\w*|(?:true|false|null|undefined)\\b|(?:String|Number)\\((?:[^()\\n]|\\([^()\\n]*\\))*\\))[^\\n;,[{(?]*(?:[;\\n]|$)'
/** A variable where a statement begins, but not a constant with a function or a primitive. */
const variable = new RegExp(
  `(?:^|[;}])[ \\t]*(?:export\\s+)?(?:(?:let|var)\\b|const\\b(?!\\s+[\\w$]+(?:\\s*:[^=\\n]+)?\\s*=\\s*(?:${function_}|${primitive})))`,
  'm',
)
