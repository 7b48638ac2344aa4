import { fileURLToPath } from 'node:url'
import type { Recipe } from '../recipe.ts'

export default {
  name: 'nest-starter',
  kind: 'Nest 11, as its command line makes it; ts-node, CommonJS',
  repository: 'nestjs/typescript-starter',
  commit: 'c4d9330',
  start: [
    '--require',
    fileURLToPath(new URL('./port-redirect.cjs', import.meta.url)),
    '--require',
    'ts-node/register/transpile-only',
    'src/main.ts',
  ],
  sources: ['src'],
  asks: ['/', '/edited', '/cats', '/nothing'],
  ignore: /"timestamp":"[^"]*"/g,
  edits: [
    ['src/app.service.ts', "'Hello World!'", "'Hello!'"],
    ['src/app.service.ts', "'Hello!'", "'Hello again!'"],
    ['src/app.controller.ts', '@Get()', "@Get(['', 'edited'])"],
    ['src/app.controller.ts', 'this.appService.getHello()', "this.appService.getHello() + '!'"],
    ['src/app.module.ts', 'imports: []', 'imports: [ ]'],
    ['src/main.ts', 'NestFactory.create(AppModule)', 'NestFactory.create(AppModule, { cors: true })'],
    {
      add: 'src/cats.ts',
      text: "import { Controller, Get } from '@nestjs/common';\n@Controller('cats')\nexport class Cats {\n  @Get()\n  all() {\n    return ['a'];\n  }\n}\n",
      and: [
        ['src/app.module.ts', 'import { AppService }', "import { Cats } from './cats';\nimport { AppService }"],
        ['src/app.module.ts', 'controllers: [AppController]', 'controllers: [AppController, Cats]'],
      ],
    },
    ['src/cats.ts', "['a']", "['a', 'b']"],
    ['src/cats.ts', '@Get()\n', "@Get(['', 'all'])\n"],
    {
      rename: 'src/cats.ts',
      to: 'src/cats.controller.ts',
      and: [['src/app.module.ts', './cats', './cats.controller']],
    },
    ['src/main.ts', 'await app.listen(3000);', "app.setGlobalPrefix('');\n  await app.listen(3000);"],
    {
      remove: 'src/cats.controller.ts',
      and: [
        ['src/app.module.ts', "import { Cats } from './cats.controller';\n", ''],
        ['src/app.module.ts', ', Cats', ''],
      ],
    },
    {
      rename: 'src/app.controller.ts',
      to: 'src/hello.controller.ts',
      and: [['src/app.module.ts', './app.controller', './hello.controller']],
    },
    ['src/hello.controller.ts', "+ '!'", "+ '!!'"],
    ['src/app.controller.spec.ts', 'Hello', 'Hullo'],
  ],
} satisfies Recipe
