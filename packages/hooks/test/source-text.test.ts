import { describe, expect, it } from 'vitest'
import { codeIn } from '../src/contributions/code-text.ts'
import { addsTo, assignedIn, mayHoldState, mayPatch } from '../src/contributions/source-text.ts'

describe('The code in a text', () => {
  it.each([
    ['a // n++\nb', 'a  \nb'],
    ['a /* n++\n */ b', 'a \n b'],
    [`a = 'n++' + "n--"`, `a = '' + ""`],
    [`a = \`n++ \${m++} n--\``, `a = \`\${m++}\``],
    [`a = \`\${ \`\${n++}\` }\` + b`, `a = \`\${ \`\${n++}\` }\` + b`],
    [`a = \`\\\${n++}\``, 'a = ``'],
    ['a = /n++/.test(b)', 'a = / /.test(b)'],
    ['a = b / n++ / c', 'a = b / n++ / c'],
    ['a = (b) / n++ / c', 'a = (b) / n++ / c'],
    [`return /['"]/.test(n++)`, 'return / /.test(n++)'],
    ['a = /[/]n/', 'a = / /'],
    [`a['n']++`, 'a.n++'],
    [`a = ['n', n++]`, `a = ['', n++]`],
    [`<p>don't</p>\nn++`, `<p>don't</p>\nn++`],
    ['a = { b: 1 }; n++', 'a = { b: 1 }; n++'],
  ])('%j is %j', (text, code) => expect(codeIn(text)).toBe(code))

  it.each(['/*', "'", '=/[', '`${', "'\\"])('takes no time that grows faster than the text: %j', part => {
    const started = performance.now()
    codeIn(part.repeat(50_000))
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

describe('A text adds to a name', () => {
  it.each([
    'n++',
    '--n',
    'n += 1',
    'n -= 1',
    'n *= 2',
    'n **= 2',
    'n /= 2',
    'n %= 2',
    'n |= 4',
    'n ^= 4',
    'n <<= 1',
    'n >>>= 1',
    'n = n + 1',
    'n =\n  n +\n  1',
    'n = [...n, 1]',
    'state.n++',
    `state['n']++`,
    `state["n"] = state["n"] + 1`,
    'state.n = (state.n ?? 0) + 1',
    `\`\${n++}\``,
    'b / n++ / c',
    ';[n, m] = [n + 1, m]',
    ';({ n } = { n: n + 1 })',
  ])('%j', text => expect(addsTo('n', text)).toBe(true))

  it('also if its letters are not of ASCII', () =>
    expect(addsTo('größe', 'export const add = () => größe++')).toBe(true))

  it.each([
    'n = 1',
    'let n = m',
    '// n++',
    '/* n += 1 */',
    `say('n++')`,
    '`n = n + 1`',
    '/n++/.test(text)',
    'n == n + 1',
    'nn++',
    'n = 1\nm = n',
    'n = 1; m = n',
    'n = m\n  m(n)',
    `n ||= 1`,
  ])('but not with %j', text => expect(addsTo('n', text)).toBe(false))
})

it('a long text on one line is read in no time', () => {
  const text = `let n = [${'{"n":1,"m":[n=0,[2]]},'.repeat(20_000)}]`
  const started = performance.now()
  addsTo('n', text)
  assignedIn(text, ['n'])
  mayPatch(text)
  mayHoldState(text)
  expect(performance.now() - started).toBeLessThan(10_000)
})

describe('A text assigns to a variable', () => {
  it.each([
    'n = 1',
    'n ||= 1',
    'n ??= 1',
    'n **= 2',
    'n /= 2',
    'n >>>= 1',
    'n++',
    ';[n] = [1]',
    ';[m, n = 2] = [1]',
    ';({ n } = m)',
    ';({ m: n } = o)',
    ';({ ...n } = m)',
    'for (n of all) {}',
    'for (n in all) {}',
  ])('%j', text => expect(assignedIn(`let n\nlet m\n${text}`, ['n'])).toEqual(['n']))

  it.each(['m.n = 1', 'nn = 1', '// n = 1', `m = 'n = 1'`, 'n == 1', 'n => 1', 'm = { n: 1 }', 'f({ n })', 'm = [n]'])(
    'but not with %j',
    text => expect(assignedIn(`let n\nlet m\n${text}`, ['n'])).toEqual([]),
  )
})

describe('A module may hold state', () => {
  it.each([
    'const list = []',
    'let n',
    'const a = 1, list = []',
    `const a = 'a', list = []`,
    'const id = x => x, list = []',
    'const id = x => {\n  return x\n}, list = []',
    `const words = 'a b'.split(' ')`,
    'const parts = String(a).split(1)',
    'const list = null ?? []',
    `import a from 'a';const list=[];export{list}`,
    'f(); let list = []',
    'export default []',
    'export default new Map()',
    'class A { static all = [] }',
    'export class A {}\nA.all = []',
    'export function core() {}\ncore.list = []',
    'exports.list = []',
  ])('%j', text => expect(mayHoldState(text)).toBe(true))

  it.each([
    'const f = () => 1',
    'const f = async (a, b) => a',
    `const name = 'a'`,
    'const n = 1',
    'const n = -1;',
    'export const isOn = true',
    'export function f() {}',
    'export class A {}',
    'export default function () {}',
    '// let n',
    '`\nlet n\n`',
    `const text = \`\nconst list = []\n\``,
  ])('but not with %j', text => expect(mayHoldState(text)).toBe(false))
})

describe('A text may change objects that it did not make', () => {
  it.each([
    'a.b = 1',
    'a[b] = 1',
    `a['b'] = 1`,
    'a.b ||= 1',
    'a.#b = 1',
    'Object.assign(a, b)',
    'Reflect.set(a, b, 1)',
    'a().b = 1',
    ';({ b: a.b } = c)',
    ';[a.b] = c',
    'a.__proto__.b = 1',
  ])('%j', text => expect(mayPatch(text)).toBe(true))

  it.each(['a = 1', 'a.b == 1', '// a.b = 1', `'a.b = 1'`, 'a.b(c => c)'])('but not with %j', text =>
    expect(mayPatch(text)).toBe(false),
  )
})
