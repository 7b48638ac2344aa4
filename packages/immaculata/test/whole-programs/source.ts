/**
 * The files of a model. Listeners are sorted where they answer: those of a re-evaluated module are added anew, behind the ones that
 * remain.
 */
import type { Contributor, Model, Part, Reader, Receiver, Ticker } from './model.ts'

const fileOf = (part: Part): string => `${part.name}.${'commonJS' in part && part.commonJS ? 'cjs' : 'mjs'}`
const importFrom = (names: string, part: Receiver, commonJS: boolean): string =>
  commonJS ? `const { ${names} } = require('./${fileOf(part)}')` : `import { ${names} } from './${fileOf(part)}'`

/** Every file by its name, `null` for one that must not be there. */
export function filesOf(model: Model): Map<string, string | null> {
  const files = new Map<string, string | null>([
    ['package.json', '{}'],
    [
      'state.mjs',
      'export const born = String(Math.random())\nexport const state = { asked: 0, answers: new Map() }\nsetInterval(() => state.ticks = (state.ticks ?? 0) + 1, 5)\n',
    ],
    ['seen.mjs', 'export const born = String(Math.random())\nexport const seen = new Set()\n'],
    ['second.mjs', 'export const addThrough = (add, value) => add(value)\n'],
    ['server.mjs', entry(model)],
  ])
  for (const part of model.parts) {
    const broken = model.broken === part ? "throw new Error('broken')\n" : ''
    files.set(fileOf(part), sourceOf(part) + broken)
    if (part.type === 'reader')
      for (const name of ['a', 'b']) files.set(`${part.name}-data/${name}`, part.data[name] ?? null)
  }
  return files
}

function sourceOf(part: Part): string {
  if (part.type === 'receiver') return part.commonJS ? toCommonJS(receiver(part)) : receiver(part)
  if (part.type === 'contributor') return contributor(part)
  return part.type === 'reader' ? reader(part) : ticker(part)
}

const born = 'export const born = String(Math.random())\n'

function toCommonJS(source: string): string {
  return source
    .replace(/^import \{ (\w+) \} from '(.*)'$/gm, "const { $1 } = require('$2')")
    .replace(/^export const (\w+)/gm, 'const $1 = exports.$1')
    .replace(/^const (\w+) = exports\.(\w+) = /gm, 'const $1 = exports.$2 = ')
}

function receiver({ kind, version }: Receiver): string {
  const label = `/* version ${version} */\n${born}`
  switch (kind) {
    case 'array':
      return `${label}export const list = []\nexport const add = value => void list.push(value)\nexport const read = () => [...list]\n`
    case 'hidden':
      return `${label}const list = []\nexport const add = value => void list.push(value)\nexport const read = () => [...list]\n`
    case 'map':
      return `${label}const map = new Map()\nexport const add = value => void map.set(value, value)\nexport const read = () => [...map.keys()]\n`
    case 'set':
      return `${label}export const all = new Set()\nexport const add = value => void all.add(value)\nexport const read = () => [...all]\n`
    case 'closures':
      return `${label}const all = []\nexport const add = value => void all.push(() => value)\nexport const read = () => all.map(each => each())\n`
    case 'emitter':
      return `import { EventEmitter } from 'node:events'\n${label}export const bus = new EventEmitter()\nexport const add = value => void bus.on('ask', out => out.push(value))\nexport const read = () => {\n  const out = []\n  bus.emit('ask', out)\n  return out.sort()\n}\n`
    case 'target':
      return `${label}export const target = new EventTarget()\nexport const add = value => target.addEventListener('ask', event => event.out.push(value))\nexport const read = () => {\n  const event = Object.assign(new Event('ask'), { out: [] })\n  target.dispatchEvent(event)\n  return event.out.sort()\n}\n`
    case 'prototype':
      return `${label}export const Kind = class {\n  say() {\n    return []\n  }\n}\nexport const add = value => {\n  const { say } = Kind.prototype\n  Kind.prototype.say = function () {\n    return [...say.call(this), value]\n  }\n}\nexport const read = () => new Kind().say()\n`
    case 'counter':
      return `${label}export const count = { added: 0 }\nexport const add = () => void count.added++\nexport const read = () => count.added\n`
  }
}

function contributor({ name, way, receiver, commonJS, version, adds }: Contributor): string {
  const values = Array.from({ length: adds }, (_, index) => `${name} ${version} ${index}`)
  const lines = (add: string) => values.map(value => `${add}'${value}')`).join('\n')
  const exported = (what: string, value: string) =>
    commonJS ? `exports.${what} = ${value}\n` : `export const ${what} = ${value}\n`
  const top = exported('born', 'String(Math.random())')
  const imports = importFrom('add', receiver, commonJS)
  switch (way) {
    case 'top':
    case 'dynamic':
      return `${imports}\n${top}${lines('add(')}\n`
    case 'await':
      return `${imports}\n${top}await new Promise(resolve => setTimeout(resolve, 3))\n${lines('add(')}\n`
    case 'unawaited':
      return `${imports}\n${top}async function start() {\n  await null\n${lines('  add(')}\n}\nstart()\n`
    case 'handed':
      return `${top}${exported('install', `add => {\n${lines('  add(')}\n}`)}`
    case 'second': {
      const second = commonJS
        ? "const { addThrough } = require('./second.mjs')"
        : "import { addThrough } from './second.mjs'"
      return `${second}\n${imports}\n${top}${lines('addThrough(add, ')}\n`
    }
  }
}

function reader({ name, kind, version }: Reader): string {
  const label = `/* version ${version} */\n${born}`
  const file = `new URL('./${name}-data/a', import.meta.url)`
  switch (kind) {
    case 'file':
      return `import { readFileSync } from 'node:fs'\n${label}export const read = () => value\nconst value = readFileSync(${file}, 'utf8')\n`
    case 'file-async':
      return `import { readFile } from 'node:fs/promises'\n${label}const value = await readFile(${file}, 'utf8')\nexport const read = () => value\n`
    case 'folder':
      return `import { readdirSync } from 'node:fs'\n${label}const value = readdirSync('${name}-data')\nexport const read = () => value\n`
    case 'exists':
      return `import { existsSync, readFileSync } from 'node:fs'\n${label}const value = existsSync(${file}) ? readFileSync(${file}, 'utf8') : 'none'\nexport const read = () => value\n`
  }
}

function ticker({ name, kind, version }: Ticker): string {
  const tick = `seen.add('${name} ${version}')`
  const head = `import { seen } from './seen.mjs'\n${born}`
  if (kind === 'interval') return `${head}setInterval(() => ${tick}, 4)\n`
  return `import { setTimeout as sleep } from 'node:timers/promises'\n${head}async function loop() {\n  for (;;) {\n    await sleep(4)\n    ${tick}\n  }\n}\nloop()\n`
}

function entry({ parts }: Model): string {
  const imported = parts.filter(part => !(part.type === 'contributor' && part.way === 'dynamic'))
  const dynamic = parts.filter(part => part.type === 'contributor' && part.way === 'dynamic')
  const ticks = parts.some(({ type }) => type === 'ticker')
  return `import { createServer } from 'node:http'
import { seen } from './seen.mjs'
import * as state from './state.mjs'
${imported.map(part => `import * as ${part.name} from './${fileOf(part)}'`).join('\n')}

${dynamic.map(part => `const ${part.name} = await import('./${fileOf(part)}')`).join('\n')}
${parts
  .filter(part => part.type === 'contributor' && part.way === 'handed')
  .map(part => `${part.name}.install(${(part as Contributor).receiver.name}.add)`)
  .join('\n')}
const modules = { ${parts.map(({ name }) => name).join(', ')}, state }

createServer(async (request, response) => {
  state.state.asked++
  state.state.answers.set(state.state.asked, request.url)
  if (request.url === '/kept') return response.end(JSON.stringify(Object.entries(modules).map(([name, { born }]) => [name, born])))
  const answers = Object.entries(modules).map(([name, { read }]) => [name, read?.()])
  seen.clear()
  ${ticks ? 'await new Promise(resolve => setTimeout(resolve, 40))' : ''}
  response.end(JSON.stringify([answers, [...seen].sort()]))
}).listen(Number(process.env.PORT), '127.0.0.1')
`
}
