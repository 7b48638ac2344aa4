import type { Recipe } from '../recipe.ts'

export default {
  name: 'http-server',
  kind: 'static-site server, minimist, union; CommonJS',
  repository: 'http-party/http-server',
  commit: '741ae2b',
  start: ['bin/http-server'],
  args: ({ port }) => ['public', '-p', `${port}`, '-a', '127.0.0.1', '-c-1'],
  sources: ['lib', 'bin'],
  asks: ['/', '/img/', '/nothing', '/404.html', '/more/', '/%'],
  ignore: /127\.0\.0\.1:\d+|\d\d-\w+-\d{4} \d\d:\d\d/g,
  edits: [
    ['lib/core/show-dir/index.js', 'Index of', 'All of'],
    ['lib/core/show-dir/index.js', 'All of', 'What is in'],
    ['lib/core/show-dir/styles.js', "'use strict';", "'use strict'; // edited"],
    ['lib/core/show-dir/size-to-string.js', "'use strict';", "'use strict'; // edited"],
    ['lib/core/status-handlers.js', 'Malformed request.', 'A malformed request.'],
    ['lib/core/aliases.json', '"autoIndex", "autoindex"', '"autoIndex"'],
    ['public/index.html', '<body>', '<body><!-- edited -->'],
    ['public/404.html', '<body>', '<body><!-- edited -->'],
    { add: 'public/more/index.html', text: 'more\n' },
    ['public/more/index.html', 'more', 'even more'],
    { remove: 'public/more/index.html' },
    ['lib/core/etag.js', "'use strict';", "'use strict'; // edited"],
    ['lib/http-server.js', "'use strict';", "'use strict'; // edited"],
    ['bin/http-server', 'Starting up http-server', 'Starting http-server'],
    {
      rename: 'lib/core/show-dir/styles.js',
      to: 'lib/core/show-dir/style.js',
      and: [['lib/core/show-dir/index.js', './styles', './style']],
    },
    {
      add: 'lib/core/word.js',
      text: "module.exports = 'word';\n",
      and: [['lib/core/index.js', "require('./etag');", "require('./etag');\nrequire('./word');"]],
    },
  ],
} satisfies Recipe
