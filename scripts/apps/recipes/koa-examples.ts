import { fileURLToPath } from 'node:url'
import type { Recipe } from '../recipe.ts'

export default {
  name: 'koa-examples',
  kind: 'Koa 2 with views (Swig), its blog example; CommonJS',
  repository: 'koajs/examples',
  commit: '40c77db',
  start: ['--require', fileURLToPath(new URL('./port-redirect.cjs', import.meta.url)), 'blog/app.js'],
  sources: ['blog'],
  asks: ['/', '/post/new', '/post/0', '/nothing', '/edited'],
  edits: [
    ['blog/app.js', "'invalid post id'", "'no such post'"],
    ['blog/app.js', 'const posts = [];', "const posts = [{ id: 0, title: 'first', body: 'text' }];"],
    ['blog/app.js', "title: 'first'", "title: 'one'"],
    ['blog/views/list.html', '<h1>', '<h1>All '],
    ['blog/views/layout.html', '<body>', '<body><!-- edited -->'],
    ['blog/views/new.html', '<h1>', '<h1>A '],
    ['blog/views/show.html', '<h1>', '<h1>Post '],
    ['blog/lib/render.js', "'/../views'", "'/../views/'"],
    ['blog/app.js', "router.get('/', list)", "router.get('/edited', list).get('/', list)"],
    [
      'blog/app.js',
      'app.use(koaBody());',
      "app.use(koaBody());\napp.use((ctx, next) => (ctx.set('x-edited', '1'), next()));",
    ],
    { rename: 'blog/lib/render.js', to: 'blog/lib/views.js', and: [['blog/app.js', './lib/render', './lib/views']] },
    {
      add: 'blog/lib/posts.js',
      text: "module.exports = [{ id: 0, title: 'two', body: 'text' }];\n",
      and: [['blog/app.js', "[{ id: 0, title: 'one', body: 'text' }]", "require('./lib/posts')"]],
    },
    ['blog/lib/posts.js', "'two'", "'three'"],
    { add: 'blog/lib/posts.json', text: '[{ "id": 0, "title": "four" }]', and: [{ remove: 'blog/lib/posts.js' }] },
    { remove: 'blog/lib/posts.json', and: [['blog/app.js', "require('./lib/posts')", '[]']] },
  ],
} satisfies Recipe
