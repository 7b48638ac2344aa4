import type { Recipe } from '../recipe.ts'

export default {
  name: 'hono-starter',
  kind: 'Hono, Drizzle, libSQL; tsx, ES modules',
  repository: 'w3cj/hono-open-api-starter',
  commit: '803d5ed',
  needs: 'migrations run',
  start: ['--import', 'tsx', 'src/index.ts'],
  sources: ['src'],
  env: () => ({ LOG_LEVEL: 'info', DATABASE_URL: 'file:dev.db', NODE_ENV: 'development' }),
  asks: ['/', '/tasks', '/tasks/99', '/doc', '/nothing'],
  edits: [
    ['src/routes/index.route.ts', 'message: "Tasks API"', 'message: "a"'],
    ['src/routes/index.route.ts', 'message: "a"', 'message: "b"'],
    ['src/routes/tasks/tasks.handlers.ts', 'HttpStatusPhrases.NOT_FOUND', '"none"'],
    ['src/routes/tasks/tasks.routes.ts', 'The list of tasks', 'All tasks'],
    ['src/lib/configure-open-api.ts', 'title: "Tasks API"', 'title: "Tasks"'],
    ['src/lib/create-app.ts', 'import', 'export const edited = 1;\nimport'],
    ['src/lib/constants.ts', 'export', 'export const edited = 1;\nexport'],
    ['src/middlewares/pino-logger.ts', 'import', 'export const edited = 1;\nimport'],
    ['src/db/schema.ts', 'import', 'export const edited = 1;\nimport'],
    ['src/db/index.ts', 'import', 'export const edited = 1;\nimport'],
    ['src/env.ts', '"Must be set', '"It must be set'],
    ['src/app.ts', 'const app = createApp();', 'const app = createApp();\napp.get("/edited", c => c.text("e"));'],
    ['src/index.ts', 'Server is running', 'The server is running'],
    {
      rename: 'src/lib/constants.ts',
      to: 'src/lib/constant.ts',
      and: [
        ['src/routes/tasks/tasks.routes.ts', '@/lib/constants', '@/lib/constant'],
        ['src/routes/tasks/tasks.handlers.ts', '@/lib/constants', '@/lib/constant'],
      ],
    },
    {
      add: 'src/lib/word.ts',
      text: 'export const word: string = "a word";\n',
      and: [
        [
          'src/routes/index.route.ts',
          'import { createRouter }',
          'import { word } from "@/lib/word";\nimport { createRouter }',
        ],
        ['src/routes/index.route.ts', 'message: "b"', 'message: word'],
      ],
    },
    ['src/lib/word.ts', 'a word', 'another word'],
  ],
} satisfies Recipe
