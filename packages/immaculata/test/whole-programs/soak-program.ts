/** The program of the soak: each shape is one way in which a module leaves something on others, or depends on something. */

/** The version of each shape. */
export type Versions = Record<string, number>

/** Each with the files of one version; a `null` is a file that is not there. */
const contributors: Record<string, (version: number) => Record<string, string | null>> = {
  element: version => ({ 'element.mjs': `import { list } from './registry.mjs'\nlist.push('element ${version}')\n` }),
  route: version => ({
    'route.mjs': `import { app } from './app.mjs'\napp.get('/route${version}', (_, response) => response.end('${version}'))\n`,
  }),
  listener: version => ({
    'listener.mjs': `import { bus } from './bus.mjs'\nbus.on('ask', out => out.push('listener ${version}'))\n`,
  }),
  target: version => ({
    'target.mjs': `import { target } from './bus.mjs'\ntarget.addEventListener('ask', ({ out }) => out.push('target ${version}'))\n`,
  }),
  method: version => ({
    'method.mjs': `import { Kind } from './kind.mjs'\nconst { say } = Kind.prototype\nKind.prototype.say = function () { return [...say.call(this), ${version}] }\n`,
  }),
  counter: version => ({
    'counter.cjs': `const { counts } = require('./counts.cjs')\ncounts.modules++\nexports.version = ${version}\n`,
  }),
  required: version => ({
    'required.cjs': `const { all } = require('./all.cjs')\nall.set('required', () => ${version})\nall.set('required ${version}', () => 0)\n`,
  }),
  unawaited: version => ({
    'unawaited.mjs': `import { late } from './late.mjs'\nasync function start() {\n  await null\n  late.add('unawaited ${version}')\n}\nstart()\n`,
  }),
  loop: version => ({
    'loop.mjs': `import { setTimeout as sleep } from 'node:timers/promises'\nimport { ticks } from './ticks.mjs'\nexport const version = ${version}\nasync function run() {\n  for (;;) {\n    await sleep(5)\n    ticks.count++\n  }\n}\nrun()\n`,
  }),
  template: version => ({ 'views/page.hbs': `page ${version} {{word}}` }),
  folder: version => ({
    'plugins/first.json': 'first',
    'plugins/second.json': version % 2 === 0 ? String(version) : null,
  }),
  value: version => ({ 'value.mjs': `export const value = ${version}\n` }),
}

export const shapes = Object.keys(contributors)

const common: Record<string, string> = {
  'package.json': '{ "type": "module" }',
  'registry.mjs': 'export const list = []\n',
  'app.mjs': "import express from 'express'\nexport const app = express()\n",
  'bus.mjs':
    "import { EventEmitter } from 'node:events'\nexport const born = String(Math.random())\nexport const bus = new EventEmitter()\nexport const target = new EventTarget()\n",
  'kind.mjs': 'export class Kind { say() { return [] } }\n',
  'counts.cjs': 'exports.counts = { modules: 0 }\n',
  'all.cjs': 'exports.all = new Map()\n',
  'late.mjs': 'export const late = new Set()\n',
  'ticks.mjs':
    'export const born = String(Math.random())\nexport const ticks = { count: 0 }\nexport const cache = new Map()\nsetInterval(() => cache.set(ticks.count % 500, { at: ticks.count }), 3)\n',
  'page.mjs':
    "import { readFileSync } from 'node:fs'\nimport Handlebars from 'handlebars'\nexport const page = Handlebars.compile(readFileSync('views/page.hbs', 'utf8'))\n",
  'plugins.mjs':
    "import { readdirSync, readFileSync } from 'node:fs'\nexport const plugins = readdirSync('plugins').sort().map(name => readFileSync('plugins/' + name, 'utf8'))\n",
  'server.mjs': `import { app } from './app.mjs'
import './route.mjs'
import { list } from './registry.mjs'
import './element.mjs'
import { born as bornBus, bus, target } from './bus.mjs'
import './listener.mjs'
import './target.mjs'
import { Kind } from './kind.mjs'
import './method.mjs'
import counts from './counts.cjs'
import counter from './counter.cjs'
import registry from './all.cjs'
import './required.cjs'
import { late } from './late.mjs'
import './unawaited.mjs'
import { born as bornTicks, ticks } from './ticks.mjs'
import { version as loop } from './loop.mjs'
import { page } from './page.mjs'
import { plugins } from './plugins.mjs'
import { value } from './value.mjs'

app.get('/kept', (_, response) => response.end(bornBus + bornTicks))
app.get('/memory', (_, response) => response.end(String(process.memoryUsage.rss())))
app.get('/', (_, response) => {
  const listeners = []
  bus.emit('ask', listeners)
  const event = Object.assign(new Event('ask'), { out: [] })
  target.dispatchEvent(event)
  const routes = app.router.stack.map(({ route }) => route?.path).filter(path => path?.startsWith('/route'))
  response.end(JSON.stringify({
    element: list, route: routes, listener: listeners, target: event.out, method: new Kind().say(), counter: [counter.version, counts.counts.modules],
    required: [...registry.all.keys(), registry.all.get('required')()], unawaited: [...late], loop, template: page({ word: 'word' }), folder: plugins, value,
  }))
})
app.listen(Number(process.env.PORT), '127.0.0.1')
`,
}

/** The files of the program, each shape at its version. */
export function filesAt(versions: Versions): Map<string, string | null> {
  const own = shapes.map(name => contributors[name]!(versions[name]!))
  return new Map(Object.entries(Object.assign({}, common, ...own) as Record<string, string | null>))
}

/** What a fresh process answers. */
export function rightAt({
  element,
  route,
  listener,
  target,
  method,
  counter,
  required,
  unawaited,
  loop,
  template,
  folder,
  value,
}: Versions): string {
  return JSON.stringify({
    element: [`element ${element}`],
    route: [`/route${route}`],
    listener: [`listener ${listener}`],
    target: [`target ${target}`],
    method: [method],
    counter: [counter, 1],
    required: ['required', `required ${required}`, required],
    unawaited: [`unawaited ${unawaited}`],
    loop,
    template: `page ${template} word`,
    folder: folder! % 2 === 0 ? ['first', String(folder)] : ['first'],
    value,
  })
}
