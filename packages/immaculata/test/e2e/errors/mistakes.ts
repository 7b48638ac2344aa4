/**
 * Mistakes as people make them, in four programs of three modules: `main` imports `middle`, `middle` imports `leaf`. A mistake is
 * the text of one or more files that are saved in place of the sound ones.
 */

export interface Mistake {
  readonly name: string
  /** What is saved: the sound text of these files comes back before the next mistake. */
  readonly files: Readonly<Record<string, string>>
  /** Where it is made, if not in both: in a save, or at the start. */
  readonly only?: 'save' | 'start'
}

export interface Program {
  readonly name: string
  readonly entry: string
  /** Arguments of the command before the entry point. */
  readonly args?: readonly string[]
  /** Packages that have to be installed. */
  readonly packages?: readonly string[]
  readonly sound: Readonly<Record<string, string>>
  readonly mistakes: readonly Mistake[]
}

/** A mistake in a single file. */
const one = (name: string, file: string, text: string, rest: Partial<Mistake> = {}): Mistake => ({
  name,
  files: { [file]: text },
  ...rest,
})

const esModules: Program = {
  name: 'ES modules',
  entry: 'main.js',
  sound: {
    'package.json': '{ "type": "module" }',
    'main.js': `import { middle } from './middle.js'
import data from './data.json' with { type: 'json' }
import './required.cjs'
import.meta.hot?.dispose(() => {})
console.log('up', middle, data.word)
setInterval(() => {}, 1e6)
`,
    'middle.js': `import { leaf } from './leaf.js'
export const middle = \`middle \${leaf}\`
`,
    'leaf.js': `export const leaf = 'leaf'
export function call(fn) {
  return fn()
}
`,
    'data.json': '{\n  "word": "data"\n}\n',
    'required.cjs': `exports.required = 1\n`,
  },
  mistakes: [
    one(
      'an unexpected token in the entry, on its first line',
      'main.js',
      `import.meta.hot; const port = = 3000\nsetInterval(() => {}, 1e6)\n`,
    ),
    one(
      'an unexpected token in the middle',
      'middle.js',
      `import { leaf } from './leaf.js'\nexport const middle = \`middle \${leaf}\` = 2\n`,
    ),
    one(
      'an unexpected token in a leaf, behind a tab',
      'leaf.js',
      `export const leaf = 'leaf'\nexport function call(fn) {\n\treturn fn() )\n}\n`,
    ),
    one(
      'a file that ends too early',
      'leaf.js',
      `export const leaf = 'leaf'\nexport function call(fn) {\n  return fn(\n`,
    ),
    one(
      'a file that ends too early, with empty lines behind',
      'middle.js',
      `import { leaf } from './leaf.js'\nexport const middle = [leaf\n\n\n`,
    ),
    one('a string that does not end', 'leaf.js', `export const leaf = 'leaf\nexport const other = 1\n`),
    one(
      'a name declared twice',
      'middle.js',
      `import { leaf } from './leaf.js'\nconst leaf = 1\nexport const middle = leaf\n`,
    ),
    one('two default exports', 'leaf.js', `export const leaf = 'leaf'\nexport default 1\nexport default 2\n`),
    one('an export that is not declared', 'leaf.js', `export const other = 'leaf'\nexport { leaf }\n`),
    one(
      'await in a function that is not async',
      'middle.js',
      `import { leaf } from './leaf.js'\nfunction read() {\n  return await leaf\n}\nexport const middle = read()\n`,
    ),
    one(
      'the marks of a merge',
      'leaf.js',
      `<<<<<<< HEAD\nexport const leaf = 'ours'\n=======\nexport const leaf = 'theirs'\n>>>>>>> topic\n`,
    ),
    one('JSX in a .js file', 'middle.js', `import { leaf } from './leaf.js'\nexport const middle = <b>{leaf}</b>\n`),
    one('a decorator', 'leaf.js', `@decorated\nexport class Leaf {}\nexport const leaf = 'leaf'\n`),
    {
      name: 'the same wrong line in two files',
      files: {
        'leaf.js': `export const leaf = 'leaf'\nconst = 1\n`,
        'middle.js': `import { leaf } from './leaf.js'\nconst = 1\nexport const middle = leaf\n`,
      },
    },
    one('JSON with a comma too many', 'data.json', '{\n  "word": "data",\n}\n'),
    one('JSON with a comma too few', 'data.json', '{\n  "word": "data"\n  "other": 1\n}\n'),
    one('JSON that ends too early', 'data.json', '{\n  "word": "da'),
    one('an empty JSON file', 'data.json', ''),
    one('JSON with a comment', 'data.json', '{\n  // the word\n  "word": "data"\n}\n'),
    one('JSON without an import attribute', 'main.js', `import data from './data.json'\nconsole.log('up', data)\n`),
    one(
      'an import of a file that is not there',
      'middle.js',
      `import { leaf } from './leaf.js'\nimport { lost } from './lost.js'\nexport const middle = leaf + lost\n`,
    ),
    one('an import without the extension', 'middle.js', `import { leaf } from './leaf'\nexport const middle = leaf\n`),
    one(
      'an import of a package that is not installed',
      'leaf.js',
      `import absent from 'no-such-package'\nexport const leaf = absent.leaf\n`,
    ),
    one(
      'an import of a part of a scoped package that is not installed',
      'leaf.js',
      `import part from '@scope/name/part.js'\nexport const leaf = part\n`,
    ),
    one(
      'an import of a built-in module that does not exist',
      'leaf.js',
      `import { read } from 'node:files'\nexport const leaf = read()\n`,
    ),
    one(
      'an import through an alias that only a bundler knows',
      'middle.js',
      `import { leaf } from '@/leaf.js'\nexport const middle = leaf\n`,
    ),
    one(
      'an import of a name that is not exported',
      'middle.js',
      `import { leave } from './leaf.js'\nexport const middle = leave\n`,
    ),
    one(
      'an import of a default that is not there',
      'middle.js',
      `import leaf from './leaf.js'\nexport const middle = leaf\n`,
    ),
    one('a variable that is not defined', 'leaf.js', `export const leaf = 'leaf'\nprocess.stdout.isTTY = lefa\n`),
    one('a variable that is used too early', 'leaf.js', `export const leaf = later\nconst later = 'leaf'\n`),
    {
      name: 'a circle in which a variable is used too early',
      files: {
        'leaf.js': `import { middle } from './middle.js'\nexport const leaf = middle.length\n`,
      },
    },
    one(
      'a property of undefined',
      'middle.js',
      `import { call } from './leaf.js'\nexport const middle = call(() => {\n  const user = undefined\n  return user.name\n})\n`,
    ),
    one(
      'an error that is thrown on the first line of the entry',
      'main.js',
      `import.meta.hot; throw new Error('first line')\n`,
    ),
    one(
      'an error that is thrown',
      'middle.js',
      `import { leaf } from './leaf.js'\nthrow new TypeError('no port given')\nexport const middle = leaf\n`,
    ),
    one(
      'an error with a cause and properties',
      'leaf.js',
      `import { readFileSync } from 'node:fs'
export const leaf = read('missing.txt')
function read(name) {
  try {
    return readFileSync(name)
  } catch (cause) {
    throw Object.assign(new Error('cannot read the settings', { cause }), { settings: { name, retries: 3 } })
  }
}
`,
    ),
    one(
      'an error of several',
      'leaf.js',
      `throw new AggregateError([new Error('first'), new TypeError('second')], 'both failed')\nexport const leaf = 1\n`,
    ),
    one(
      'an error of a class of its own',
      'leaf.js',
      `class ConfigError extends Error {\n  name = 'ConfigError'\n}\nthrow new ConfigError('PORT is missing\\nset it in .env')\nexport const leaf = 1\n`,
    ),
    one('a string that is thrown', 'leaf.js', `export const leaf = 'leaf'\nthrow 'out of memory'\n`),
    one(
      'an object that is thrown',
      'middle.js',
      `import { leaf } from './leaf.js'\nexport const middle = leaf\nthrow { code: 5, reason: 'no' }\n`,
    ),
    one('undefined that is thrown', 'main.js', `import './middle.js'\nthrow undefined\n`),
    one(
      'an object without a prototype that is thrown',
      'leaf.js',
      `export const leaf = 'leaf'\nthrow Object.create(null)\n`,
    ),
    one(
      'an error whose stack cannot be read',
      'leaf.js',
      `export const leaf = 'leaf'\nthrow Object.defineProperty(new Error('hidden'), 'stack', { get() { throw new Error('no stack') } })\n`,
    ),
    one(
      'text that JSON.parse does not take',
      'leaf.js',
      `export const leaf = 'leaf'\nconst settings = '{ port: 3000 }'\nJSON.parse(settings)\n`,
    ),
    one('a regular expression that is none', 'leaf.js', `export const leaf = 'leaf'\nnew RegExp('(' + leaf)\n`),
    one('code for eval that does not parse', 'leaf.js', `export const leaf = 'leaf'\neval('const = 1')\n`),
    one(
      'a rejection that is awaited',
      'leaf.js',
      `import { setTimeout } from 'node:timers/promises'
export const leaf = 'leaf'
async function connect() {
  await setTimeout(1)
  throw new Error('no database')
}
await connect()
`,
    ),
    one(
      'a call of something that is no function',
      'middle.js',
      `import * as all from './leaf.js'\nexport const middle = all.leaf()\n`,
    ),
    one(
      'recursion without an end',
      'leaf.js',
      `export const leaf = deep(1)\nfunction deep(n) {\n  return deep(n + 1) + 1\n}\n`,
    ),
    one('a require in an ES module', 'leaf.js', `const fs = require('node:fs')\nexport const leaf = fs.sep\n`),
    one('__dirname in an ES module', 'leaf.js', `export const leaf = __dirname\n`),
    one('CommonJS that does not parse', 'required.cjs', `exports.required = = 1\n`),
    one('CommonJS that throws', 'required.cjs', `const fs = require('node:fs')\nfs.readFileSync('missing.txt')\n`),
    one('CommonJS that throws a string', 'required.cjs', `exports.required = 1\nthrow 'out of memory'\n`),
    one(
      'CommonJS that requires a package that is not installed',
      'required.cjs',
      `exports.required = require('no-such-package')\n`,
    ),
    one('CommonJS that requires a file that is not there', 'required.cjs', `exports.required = require('./lost')\n`),
    one('an import in a .cjs file', 'required.cjs', `import fs from 'node:fs'\nexports.required = fs\n`),
    one(
      'a port that is in use',
      'leaf.js',
      `import { createServer } from 'node:net'
export const leaf = 'leaf'
const first = createServer().listen(0, () => {
  createServer().listen(first.address().port)
})
`,
      { only: 'start' },
    ),
    one(
      'a folder that is opened as a file',
      'middle.js',
      `import { openSync } from 'node:fs'\nopenSync('.', 'w')\nexport const middle = 1\n`,
    ),
    one(
      'a rejection that nobody handles',
      'leaf.js',
      `export const leaf = 'leaf'\nasync function connect() {\n  await 1\n  throw new Error('no database')\n}\nconnect()\n`,
      { only: 'start' },
    ),
    {
      name: 'an error in a worker',
      files: {
        'leaf.js': `import { Worker } from 'node:worker_threads'\nexport const leaf = 'leaf'\nnew Worker(new URL('./worker.js', import.meta.url))\n`,
        'worker.js': `const jobs = undefined\njobs.next()\n`,
      },
      only: 'start',
    },
    {
      name: 'an error in a hook',
      files: {
        'leaf.js': `import { registerHooks } from 'node:module'
registerHooks({
  load(url, context, next) {
    if (url.includes('hooked')) throw new Error('cannot compile ' + new URL(url).pathname.split('/').pop())
    return next(url, context)
  },
})
await import('./hooked.js')
export const leaf = 'leaf'
`,
        'hooked.js': `export const hooked = 1\n`,
      },
      only: 'start',
    },
  ],
}

const commonJS: Program = {
  name: 'CommonJS',
  entry: 'main.js',
  sound: {
    'package.json': '{ "name": "app" }',
    'main.js': `const { middle } = require('./middle')
const data = require('./data.json')
console.log('up', middle, data.word)
setInterval(() => {}, 1e6)
`,
    'middle.js': `const { leaf } = require('./leaf')\nexports.middle = 'middle ' + leaf\n`,
    'leaf.js': `exports.leaf = 'leaf'\n`,
    'data.json': '{ "word": "data" }\n',
    'module.mjs': `export const word = await 'module'\n`,
  },
  mistakes: [
    one('an unexpected token in the entry', 'main.js', `const port = = 3000\n`),
    one(
      'an unexpected token in the middle',
      'middle.js',
      `const { leaf } = require('./leaf')\nexports.middle = 'middle ' + = leaf\n`,
    ),
    one('a file that ends too early', 'leaf.js', `exports.leaf = function () {\n  return 'leaf'\n\n`),
    one('an error that is thrown', 'leaf.js', `exports.leaf = 'leaf'\nthrow new Error('no port given')\n`),
    one(
      'an error that is thrown by a function of another module',
      'middle.js',
      `const { leaf } = require('./leaf')\nfunction check() {\n  leaf.port.name\n}\ncheck()\n`,
    ),
    one('a string that is thrown', 'leaf.js', `exports.leaf = 'leaf'\nthrow 'out of memory'\n`),
    one(
      'a package that is not installed',
      'middle.js',
      `const express = require('no-such-package')\nexports.middle = express()\n`,
    ),
    one('a file that is not there', 'middle.js', `const { leaf } = require('./leef')\nexports.middle = leaf\n`),
    one('JSON with a comma too many', 'data.json', '{ "word": "data", }\n'),
    one('a require of an ES module that awaits', 'leaf.js', `exports.leaf = require('./module.mjs').word\n`),
    one('an ES module in a file of CommonJS', 'leaf.js', `exports.leaf = 'leaf'\nimport fs from 'node:fs'\n`),
    one('text that JSON.parse does not take', 'leaf.js', `exports.leaf = JSON.parse('{ port: 3000 }')\n`),
  ],
}

const typeScript: Program = {
  name: 'TypeScript that Node strips',
  entry: 'main.ts',
  sound: {
    'package.json': '{ "type": "module" }',
    'main.ts': `import { middle } from './middle.ts'
console.log('up', middle as string)
setInterval(() => {}, 1e6)
`,
    'middle.ts': `import { leaf, type Leaf } from './leaf.ts'
export const middle: Leaf = leaf
`,
    'leaf.ts': `export type Leaf = string
export const leaf: Leaf = 'leaf'
`,
  },
  mistakes: [
    one(
      'an unexpected token',
      'middle.ts',
      `import { leaf, type Leaf } from './leaf.ts'\nexport const middle: Leaf = = leaf\n`,
    ),
    one('a file that ends too early', 'leaf.ts', `export type Leaf = string\nexport const leaf: Leaf = [\n`),
    one(
      'an error that is thrown',
      'leaf.ts',
      `export type Leaf = string\nexport const leaf: Leaf = 'leaf'\nthrow new Error(\`no \${leaf as string}\`)\n`,
    ),
    one(
      'an enum',
      'leaf.ts',
      `export enum Colour { Red, Green }\nexport type Leaf = string\nexport const leaf: Leaf = Colour[0]\n`,
    ),
    one(
      'a namespace',
      'leaf.ts',
      `export type Leaf = string\nexport const leaf: Leaf = 'leaf'\nnamespace Tools { export const a = 1 }\n`,
    ),
    one(
      'a parameter property',
      'leaf.ts',
      `export type Leaf = string\nclass Service { constructor(private readonly word: string) {} }\nexport const leaf: Leaf = String(new Service('leaf'))\n`,
    ),
    one(
      'a decorator',
      'leaf.ts',
      `function tagged(target: object): void {}\n@tagged\nclass Service {}\nexport type Leaf = string\nexport const leaf: Leaf = String(Service)\n`,
    ),
    one(
      'a type that is imported as a value',
      'middle.ts',
      `import { leaf, Leaf } from './leaf.ts'\nexport const middle: Leaf = leaf\n`,
    ),
    one('an import without the extension', 'middle.ts', `import { leaf } from './leaf'\nexport const middle = leaf\n`),
    one(
      'an import with the extension of the output',
      'middle.ts',
      `import { leaf } from './leaf.js'\nexport const middle = leaf\n`,
    ),
    {
      name: 'an import through a path of tsconfig.json',
      files: { 'middle.ts': `import { leaf } from '~/leaf.ts'\nexport const middle = leaf\n` },
    },
    {
      name: 'a .tsx file',
      files: {
        'middle.ts': `import './view.tsx'\nexport const middle = 1\n`,
        'view.tsx': `export const view = <b>1</b>\n`,
      },
    },
  ],
}

const tsx: Program = {
  name: 'TypeScript that tsx compiles',
  entry: 'main.ts',
  args: ['--import', 'tsx'],
  packages: ['tsx'],
  sound: {
    'package.json': '{ "type": "module" }',
    'main.ts': `import { middle } from './middle'
enum Colour { Red }
console.log('up', middle, Colour[0])
setInterval(() => {}, 1e6)
`,
    'middle.ts': `import { leaf } from './leaf'\nexport const middle: string = leaf\n`,
    'leaf.ts': `export const leaf: string = 'leaf'\n`,
  },
  mistakes: [
    one('an unexpected token', 'middle.ts', `import { leaf } from './leaf'\nexport const middle: string = = leaf\n`),
    one(
      'an error that is thrown',
      'leaf.ts',
      `interface Options {\n  port: number\n}\nexport const leaf: string = 'leaf'\nthrow new Error(\`no \${leaf}\`)\n`,
    ),
    one(
      'an import of a file that is not there',
      'middle.ts',
      `import { leaf } from './leef'\nexport const middle: string = leaf\n`,
    ),
    one(
      'an import of a name that is not exported',
      'middle.ts',
      `import { leave } from './leaf'\nexport const middle: string = leave\n`,
    ),
  ],
}

export const programs: readonly Program[] = [esModules, commonJS, typeScript, tsx]
