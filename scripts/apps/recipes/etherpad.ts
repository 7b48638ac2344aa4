import type { Recipe } from '../recipe.ts'

export default {
  name: 'etherpad',
  kind: 'Express 4, Socket.IO, plug-ins; tsx by -r, CommonJS and ES modules mixed',
  repository: 'ether/etherpad-lite',
  commit: 'b827f5b3d',
  needs: 'a settings.json with ip 127.0.0.1, the port from PORT, dbType "memory"',
  cwd: 'src',
  start: ['--require', 'tsx/cjs', 'node/server.ts'],
  sources: ['src/node'],
  env: () => ({ NODE_ENV: 'production' }),
  asks: ['/api', '/robots.txt', '/health', '/api/1.2.13/checkToken', '/nothing'],
  edits: [
    ['src/node/hooks/express/specialpages.ts', "status: 'pass'", "status: 'passed'"],
    ['src/node/hooks/express/specialpages.ts', "'passed'", "'very passed'"],
    ['src/node/hooks/express/errorhandling.ts', "'Sorry, something bad happened!'", "'Something bad happened!'"],
    ['src/node/handler/APIHandler.ts', "latestApiVersion = '1.3.0'", "latestApiVersion = '1.2.15'"],
    ['src/node/utils/randomstring.ts', 'import', 'export const edited = 1;\nimport'],
    ['src/node/utils/path_exists.ts', 'import', 'export const edited = 1;\nimport'],
    ['src/node/db/Pad.ts', 'import', 'export const edited = 1;\nimport'],
    ['src/node/db/AuthorManager.ts', 'const ', 'const edited = 1;\nconst '],
    ['src/node/handler/PadMessageHandler.ts', 'import', 'export const edited = 1;\nimport'],
    ['src/node/hooks/i18n.ts', 'import', 'export const edited = 1;\nimport'],
    ['src/static/robots.txt', 'User-agent', 'User-Agent'],
    ['src/locales/en.json', '"index.newPad": "', '"index.newPad": "edited '],
    ['src/node/server.ts', 'import axios', 'export const edited = 1;\nimport axios'],
    {
      add: 'src/node/word.ts',
      text: "export const word: string = 'a word';\n",
      and: [['src/node/hooks/express/specialpages.ts', "'very passed'", "require('../../word').word"]],
    },
    ['src/node/word.ts', 'a word', 'another word'],
    {
      remove: 'src/node/word.ts',
      and: [['src/node/hooks/express/specialpages.ts', "require('../../word').word", "'pass'"]],
    },
  ],
} satisfies Recipe
