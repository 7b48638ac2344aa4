import type { Recipe } from '../recipe.ts'

export default {
  name: 'json-server',
  kind: 'tinyhttp, lowdb; TypeScript by Node',
  repository: 'typicode/json-server',
  commit: '89a34a4',
  start: ['--experimental-strip-types', 'src/bin.ts', 'fixtures/db.json'],
  sources: ['src'],
  asks: ['/posts', '/posts?_page=1&_per_page=1', '/posts?id=1', '/comments/1', '/nothing', '/'],
  edits: [
    ['fixtures/db.json', '"title": "', '"title": "edited '],
    ['src/app.ts', "error: 'Not Found'", "error: 'none'"],
    ['src/paginate.ts', 'export ', 'export const edited = 1\nexport '],
    ['src/parse-where.ts', 'import ', 'export const edited = 1\nimport '],
    ['src/service.ts', 'import ', 'export const edited = 1\nimport '],
    ['src/random-id.ts', 'export ', 'export const edited = 1\nexport '],
    ['src/bin.ts', 'Port (default: 3000)', 'Port (default 3000)'],
    ['views/index.html', '<title>', '<title>edited '],
    ['src/app.ts', 'const app = new App(', 'const app = new App(/* edited */'],
    { rename: 'src/parse-where.ts', to: 'src/where.ts', and: [['src/app.ts', './parse-where.ts', './where.ts']] },
    {
      add: 'src/word.ts',
      text: "export const word: string = 'a word'\n",
      and: [['src/app.ts', 'import { cors }', "import { word } from './word.ts'\nimport { cors }"]],
    },
    { remove: 'src/word.ts', and: [['src/app.ts', "import { word } from './word.ts'\n", '']] },
  ],
} satisfies Recipe
