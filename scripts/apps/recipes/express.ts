import { fileURLToPath } from 'node:url'
import type { Recipe } from '../recipe.ts'

export default {
  name: 'express',
  kind: 'Express 5 itself, with its MVC example: controllers found in a folder, EJS, Handlebars; CommonJS',
  repository: 'expressjs/express',
  commit: 'a3714473',
  start: ['--require', fileURLToPath(new URL('./port-redirect.cjs', import.meta.url)), 'examples/mvc/index.js'],
  sources: ['examples/mvc', 'lib'],
  asks: ['/users', '/user/0', '/user/0/edit', '/pet/0', '/nothing', '/style.css', '/edited'],
  edits: [
    ['examples/mvc/db.js', "name: 'TJ'", "name: 'TJH'"],
    ['examples/mvc/db.js', "'TJH'", "'TJ H.'"],
    ['examples/mvc/controllers/user/index.js', 'users: db.users', 'users: db.users.slice(1)'],
    ['examples/mvc/controllers/user/views/list.hbs', '<h1>Users</h1>', '<h1>All users</h1>'],
    ['examples/mvc/controllers/pet/views/show.ejs', '<body>', '<body><!-- edited -->'],
    ['examples/mvc/views/404.ejs', "can't find", 'cannot find'],
    ['examples/mvc/public/style.css', 'body', 'html, body'],
    ['examples/mvc/lib/boot.js', "url = '/' + name + 's';", "url = ['/' + name + 's', '/edited'];"],
    ['examples/mvc/index.js', "'some secret here'", "'another secret'"],
    ['lib/response.js', "'use strict';", "'use strict'; // edited"],
    ['lib/utils.js', "'use strict';", "'use strict'; // edited"],
    ['lib/application.js', "this.enable('x-powered-by');", "this.disable('x-powered-by');"],
    {
      add: 'examples/mvc/controllers/word/index.js',
      text: "exports.list = (req, res) => res.send('words')\n",
      and: [['examples/mvc/lib/boot.js', "'/edited'", "'/edited', '/words'"]],
    },
    ['examples/mvc/controllers/word/index.js', "'words'", "'many words'"],
    { remove: 'examples/mvc/controllers/word/index.js', and: [['examples/mvc/lib/boot.js', ", '/words'", '']] },
    {
      rename: 'examples/mvc/lib/boot.js',
      to: 'examples/mvc/lib/controllers.js',
      and: [['examples/mvc/index.js', './lib/boot', './lib/controllers']],
    },
  ],
} satisfies Recipe
