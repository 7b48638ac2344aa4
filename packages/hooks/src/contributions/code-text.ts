/**
 * The code in a text: comments, and what stands in strings, templates and regular expressions, are left out, so that nothing in them is
 * taken for code. A text comes in, whatever its language; its code comes out. The invariant: what cannot be told is kept.
 */

/** So many texts are remembered: of one module, many things are asked in a row. */
const manyTexts = 200
const known = new Map<string, string>()

/** Lines stay lines. `place['name']` becomes `place.name`. */
export function codeIn(text: string): string {
  let code = known.get(text)
  if (code === undefined) {
    code = leaveOut(text)
    if (known.size >= manyTexts) known.clear()
    known.set(text, code)
  }
  return code
}

const comment = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y
/** Longer ones are kept: a text must not be able to make this slow. */
const string = /'(?:[^'\\\n]|\\[\s\S]){0,300}'|"(?:[^"\\\n]|\\[\s\S]){0,300}"/y
const pattern = /\/(?![*/])(?:[^\\/[\n]|\\.|\[(?:[^\\\]\n]|\\.){0,200}\]){1,500}\/[a-z]*/y
/** `['name']` behind a value. */
const member = /\[\s*(?:'([\w$]+)'|"([\w$]+)")\s*\]/y
const templateText = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y
/** Up to the next thing that may have to be left out, or that nests. */
const plain = /[^'"`/{}[]+/y
/** Behind this, a slash begins a regular expression and a bracket an array. */
const beforeExpression =
  /(?:^|[-+*%&|^!~?:=<>([{},;]|(?<![\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|await|yield|else|do|instanceof))\s*$/

function leaveOut(text: string): string {
  const parts: string[] = []
  let last = ''
  let at = 0
  const put = (part: string) => {
    parts.push(part)
    last = (last + part).slice(-40)
  }
  const take = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at
    const found = expression.exec(text)
    if (found) at = expression.lastIndex
    return found
  }
  /** For each brace that is open, whether it stands in a template. */
  const braces: boolean[] = []
  const putTemplate = () => {
    put(linesIn(take(templateText)![0]))
    const isEnd = text[at] !== '$'
    if (!isEnd) braces.push(true)
    put(isEnd ? '`' : '${')
    at += isEnd ? 1 : 2
  }
  while (at < text.length) {
    const found = take(plain) ?? take(comment)
    if (found) {
      put(/^\/[/*]/.test(found[0]) ? linesIn(found[0]) || ' ' : found[0])
      continue
    }
    const isBeginning = beforeExpression.test(last)
    const char = text[at]!
    const quoted = /['"]/.test(char) ? take(string) : null
    const named = char === '[' && !isBeginning ? take(member) : null
    if (quoted) put(char + linesIn(quoted[0]) + char)
    else if (named) put(`.${named[1] ?? named[2]!}`)
    else if (char === '/' && isBeginning && take(pattern)) put('/ /')
    else {
      at++
      put(char)
      if (char === '{') braces.push(false)
      if (char === '`' || (char === '}' && braces.pop())) putTemplate()
    }
  }
  return parts.join('')
}

function linesIn(text: string): string {
  return '\n'.repeat(text.split('\n').length - 1)
}
