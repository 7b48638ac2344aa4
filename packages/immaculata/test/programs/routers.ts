/** Modules that add routes, models or handlers to an object that another module, or a package, holds. */
import { answering, answeringCommonJS, commonJS, listen, type Program, saves } from './program.ts'

export const routers: Program[] = [
  {
    name: 'Express: the app in one module, its routes in others',
    files: {
      'app.js': "import express from 'express'\n\nexport const app = express()\n",
      'users.js': version => `import { Router } from 'express'

export const users = Router()
users.get('/', (request, response) => response.send('users ${version}'))
`,
      'routes.js': version => `import { users } from './users.js'

export function addRoutes(app) {
  app.use('/users', users)
  app.get('/', (request, response) => response.send('home ${version}'))
}
`,
      'server.js': `import { app } from './app.js'
import { kept } from './kept.js'
import { addRoutes } from './routes.js'

app.get('/kept', (request, response) => response.send(kept))
addRoutes(app)
app${listen}
`,
    },
    paths: ['/', '/users'],
    edits: [
      ...saves('routes.js', 1),
      ...saves('users.js', 1),
      {
        file: 'routes.js',
        text: "export const addRoutes = app => app.get('/', (request, response) => response.send('home only'))\n",
      },
      ...saves('routes.js', 1),
    ],
  },
  {
    name: 'Express in CommonJS: a route that the first edit takes away',
    files: {
      ...commonJS,
      'app.js': "exports.app = require('express')()\n",
      'routes.js': `const { app } = require('./app.js')

app.get('/old', (request, response) => response.send('old'))
app.get('/', (request, response) => response.send('home'))
`,
      'server.js': `const { app } = require('./app.js')
require('./routes.js')
const { kept } = require('./kept.js')

app.get('/kept', (request, response) => response.send(kept))
app${listen}
`,
    },
    paths: ['/', '/old'],
    edits: [
      {
        file: 'routes.js',
        text: "require('./app.js').app.get('/', (request, response) => response.send('home'))\n",
      },
    ],
  },
  {
    name: 'Hono: routes by side effect',
    files: {
      'app.js': "import { Hono } from 'hono'\n\nexport const app = new Hono()\n",
      'pages.js': version =>
        `import { app } from './app.js'\n\napp.get('/', context => context.text('page ${version}'))\n`,
      'server.js': `import { serve } from '@hono/node-server'
import { app } from './app.js'
import './pages.js'
import { kept } from './kept.js'

app.get('/kept', context => context.text(kept))
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' })
`,
    },
    edits: saves('pages.js'),
  },
  {
    name: 'Koa: middleware added by modules',
    files: {
      'app.js': "import Koa from 'koa'\n\nexport const app = new Koa()\n",
      'first.js': version => `import { app } from './app.js'

app.use(async (context, next) => {
  await next()
  if (context.path === '/') context.body += ' first ${version}'
})
`,
      'server.js': `import { app } from './app.js'
import { kept } from './kept.js'
import './first.js'

app.use(context => {
  context.body = context.path === '/kept' ? kept : 'body'
})
app${listen}
`,
    },
    edits: saves('first.js'),
  },
  {
    name: 'Fastify: a shared instance that listens already',
    files: {
      'app.js': `import Fastify from 'fastify'
import { kept } from './kept.js'

export const app = Fastify()
app.get('/kept', async () => kept)
`,
      'routes.js': version => `import { app } from './app.js'\n\napp.get('/', async () => 'route ${version}')\n`,
      'server.js': `import { app } from './app.js'
import './routes.js'

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
`,
    },
    edits: saves('routes.js'),
  },
  {
    name: 'mitt: handlers on a bus of its own kind',
    files: {
      'bus.js': "import mitt from 'mitt'\n\nexport const bus = mitt()\n",
      'handler.js': version =>
        `import { bus } from './bus.js'\n\nbus.on('ask', answers => answers.push('handler ${version}'))\n`,
      'server.js': answering(
        "import { bus } from './bus.js'\nimport './handler.js'",
        "(() => { const answers = []; bus.emit('ask', answers); return answers })()",
      ),
    },
    edits: [...saves('handler.js'), { file: 'handler.js', text: 'export {}\n' }],
  },
  {
    name: 'rxjs: a subscription to the subject of another module',
    files: {
      'subject.js': "import { Subject } from 'rxjs'\n\nexport const questions = new Subject()\n",
      'handler.js': version =>
        `import { questions } from './subject.js'\n\nquestions.subscribe(answers => answers.push('heard ${version}'))\n`,
      'server.js': answering(
        "import { questions } from './subject.js'\nimport './handler.js'",
        '(() => { const answers = []; questions.next(answers); return answers })()',
      ),
    },
    edits: saves('handler.js'),
  },
  {
    name: 'EventEmitter: listeners on the emitter of an unchanged module',
    files: {
      'bus.js':
        "import { EventEmitter } from 'node:events'\n\nexport const bus = new EventEmitter()\nexport const born = Math.random()\n",
      'handler.js': version => `import { bus } from './bus.js'

bus.on('ask', answers => answers.push('handler ${version}'))
bus.once('never', () => {})
`,
      'server.js': answering(
        "import { born, bus } from './bus.js'\nimport './handler.js'\n\nglobalThis.born ??= born",
        "(() => { const answers = []; bus.emit('ask', answers); return [answers, bus.listenerCount('never'), born === globalThis.born] })()",
      ),
    },
    edits: saves('handler.js'),
  },
  {
    name: 'inversify: a binding in the container of another module',
    files: {
      'container.js':
        "import 'reflect-metadata'\nimport { Container } from 'inversify'\n\nexport const container = new Container()\n",
      'word.js': version =>
        `import { container } from './container.js'\n\ncontainer.bind('word').toConstantValue('word ${version}')\n`,
      'server.js': answering("import { container } from './container.js'\nimport './word.js'", "container.get('word')"),
    },
    edits: saves('word.js'),
  },
  {
    name: 'an array, a Map, a counter and a patched method of another module',
    files: {
      'registry.js': `export const names = []
export const byName = new Map()
export const count = { added: 0 }
export class Greeter {
  greet() {
    return 'hello'
  }
}
`,
      'plugin.js': version => `import { byName, count, Greeter, names } from './registry.js'

names.push('plugin ${version}')
byName.set('plugin ${version}', ${version})
count.added++
const { greet } = Greeter.prototype
Greeter.prototype.greet = function () {
  return greet.call(this) + ' ${version}'
}
`,
      'server.js': answering(
        "import { byName, count, Greeter, names } from './registry.js'\nimport './plugin.js'",
        '[names, [...byName], count, new Greeter().greet()]',
      ),
    },
    edits: [...saves('plugin.js'), { file: 'plugin.js', text: 'export {}\n' }],
  },
  {
    name: 'CommonJS: an array that is hidden in its module, filled through a function',
    files: {
      ...commonJS,
      'hooks.js':
        'const all = []\nexports.add = hook => void all.push(hook)\nexports.run = () => all.map(hook => hook())\n',
      'first.js': version => `require('./hooks.js').add(() => 'first ${version}')\n`,
      'second.js': "require('./hooks.js').add(() => 'second')\n",
      'server.js': answeringCommonJS(
        "const { run } = require('./hooks.js')\nrequire('./first.js')\nrequire('./second.js')",
        'run()',
      ),
    },
    edits: [...saves('first.js'), { file: 'second.js', text: "require('./hooks.js').add(() => 'other')\n" }],
  },
  {
    name: 'Mongoose: a model that can be registered once',
    files: {
      'user.js': version => `import mongoose from 'mongoose'

export const User = mongoose.model('User', new mongoose.Schema({ field${version}: String }))
`,
      'server.js': answering("import { User } from './user.js'", 'Object.keys(User.schema.paths)'),
    },
    edits: saves('user.js', 2),
    mayRestart: true,
  },
  {
    name: 'prom-client: a counter in the registry of a package',
    files: {
      'metrics.js': version => `import { Counter } from 'prom-client'

export const hits = new Counter({ name: 'hits', help: 'hits, version ${version}' })
`,
      'server.js': answering(
        "import { register } from 'prom-client'\nimport './metrics.js'",
        'register.getMetricsAsJSON().then(all => all.map(each => each.help))',
      ),
    },
    edits: saves('metrics.js', 2),
    mayRestart: true,
  },
  {
    name: 'passport: a function in an array of a package',
    files: {
      'users.js': version => `import passport from 'passport'

passport.deserializeUser((id, done) => done(null, 'user ${version}'))
`,
      'server.js': answering(
        "import passport from 'passport'\nimport './users.js'",
        "new Promise((resolve, reject) => passport.deserializeUser('1', {}, (error, user) => (error ? reject(error) : resolve(user))))",
      ),
    },
    edits: saves('users.js', 2),
    mayRestart: true,
  },
  {
    name: 'commander: options of the program that the package shares',
    files: {
      'word.js': version => `export const word = 'word ${version}'\n`,
      'server.js': answering(
        "import { program } from 'commander'\nimport { word } from './word.js'",
        '[word, program.opts().loud, program.options.length]',
        "program.option('-l, --loud <number>', 'how loud', '3').parse()",
      ),
    },
    edits: saves('word.js', 2),
    mayRestart: true,
  },
  {
    name: 'a function of console that is wrapped',
    files: {
      'log.js': version => `const { info } = console

console.info = (...words) => info.call(console, '[${version}]', ...words)
`,
      'server.js': answering(
        "import './log.js'",
        `(() => {
      let written = ''
      const { write } = process.stdout
      process.stdout.write = text => ((written += text), true)
      console.info('words')
      process.stdout.write = write
      return written
    })()`,
      ),
    },
    edits: saves('log.js', 2),
    mayRestart: true,
  },
]
