import type { Recipe } from '../recipe.ts'

export default {
  name: 'express-api',
  kind: 'Express 5; TypeScript by tsx, no "type"',
  repository: 'w3cj/express-api-starter-ts',
  commit: 'c46ad45',
  start: ['--import', 'tsx', 'src/index.ts'],
  sources: ['src'],
  env: () => ({ NODE_ENV: 'production' }),
  asks: ['/', '/api/v1', '/api/v1/emojis', '/nothing', '/api/v1/edited'],
  edits: [
    ['src/api/emojis.ts', '"😀"', '"a"'],
    ['src/api/emojis.ts', '"a"', '"b"'],
    ['src/api/index.ts', 'message: "API', 'message: "The API'],
    ['src/middlewares.ts', 'Not Found', 'Nowhere'],
    ['src/app.ts', 'message: "', 'message: "edited '],
    ['src/env.ts', '.default(3000)', '.default(3001)'],
    ['src/interfaces/error-response.ts', 'export', '// edited\nexport'],
    ['src/index.ts', 'Listening:', 'It listens:'],
    [
      'src/api/index.ts',
      'router.use("/emojis", emojis);',
      'router.use("/emojis", emojis);\nrouter.use("/edited", emojis);',
    ],
    [
      'src/app.ts',
      'app.use(express.json());',
      'app.use(express.json());\napp.use((_, res, next) => (res.set("x-edited", "1"), next()));',
    ],
    {
      rename: 'src/api/emojis.ts',
      to: 'src/api/smileys.ts',
      and: [['src/api/index.ts', './emojis.js', './smileys.js']],
    },
    {
      add: 'src/api/word.ts',
      text: 'export const word: string = "a word";\n',
      and: [
        ['src/api/smileys.ts', 'import express', 'import { word } from "./word.js";\nimport express'],
        ['src/api/smileys.ts', '"b"', 'word'],
      ],
    },
    ['src/api/word.ts', 'a word', 'another word'],
    {
      remove: 'src/api/word.ts',
      and: [
        ['src/api/smileys.ts', 'import { word } from "./word.js";\n', ''],
        ['src/api/smileys.ts', '[word', '["😀"'],
      ],
    },
    {
      rename: 'src/api/smileys.ts',
      to: 'src/api/emojis.ts',
      and: [['src/api/index.ts', './smileys.js', './emojis.js']],
    },
  ],
} satisfies Recipe
