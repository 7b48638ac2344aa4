import type { Place, Recipe } from '../recipe.ts'

const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

/** A session, and what the server's tools answer in it. */
async function session({ port }: Place): Promise<unknown> {
  const post = async (body: object, id?: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/mcp`, {
      method: 'POST',
      headers: { ...headers, ...(id ? { 'mcp-session-id': id } : {}) },
      body: JSON.stringify({ jsonrpc: '2.0', ...body }),
    })
    return { id: response.headers.get('mcp-session-id') ?? '', text: (await response.text()).replace(/^id: .*$/gm, '') }
  }
  const info = { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'apps', version: '1' } }
  const { id, text } = await post({ id: 1, method: 'initialize', params: info })
  const call = (name: string, args: object) =>
    post({ id: 2, method: 'tools/call', params: { name, arguments: args } }, id)
  const answers = [
    await call('echo', { message: 'hi' }),
    await call('get-sum', { a: 1, b: 2 }),
    await post({ id: 3, method: 'prompts/list' }, id),
  ]
  await fetch(`http://127.0.0.1:${port}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': id } })
  return [text, ...answers.map(answer => answer.text)]
}

export default {
  name: 'mcp-http',
  kind: 'MCP server, Express 5; tsx, ES modules',
  repository: 'modelcontextprotocol/servers',
  commit: '76d64c82',
  needs: 'with tsx installed beside',
  cwd: 'src/everything',
  start: ['--import', 'tsx', 'index.ts', 'streamableHttp'],
  sources: ['src/everything/tools', 'src/everything/prompts', 'src/everything/server', 'src/everything/transports'],
  asks: [session],
  edits: [
    ['src/everything/tools/echo.ts', 'Echo: ', 'echo: '],
    ['src/everything/tools/echo.ts', 'echo: ', 'echoed: '],
    ['src/everything/tools/get-sum.ts', 'The sum of', 'the sum of'],
    ['src/everything/prompts/simple.ts', 'title: "', 'title: "edited '],
    ['src/everything/prompts/args.ts', 'title: "', 'title: "edited '],
    ['src/everything/server/index.ts', 'title: "Everything', 'title: "Edited everything'],
    ['src/everything/server/logging.ts', 'import', 'export const edited = 1\nimport'],
    ['src/everything/tools/index.ts', 'import', 'export const edited = 1\nimport'],
    ['src/everything/docs/instructions.md', '# ', '# Edited '],
    ['src/everything/transports/streamableHttp.ts', 'Starting Streamable', 'Starting the streamable'],
    ['src/everything/index.ts', 'Everything Server Launcher', 'Launcher of the everything server'],
    {
      rename: 'src/everything/tools/get-sum.ts',
      to: 'src/everything/tools/sum.ts',
      and: [['src/everything/tools/index.ts', './get-sum.js', './sum.js']],
    },
    {
      add: 'src/everything/tools/word.ts',
      text: "export const word: string = 'a word '\n",
      and: [
        ['src/everything/tools/echo.ts', 'import { z }', "import { word } from './word.js'\nimport { z }"],
        ['src/everything/tools/echo.ts', '`echoed: ', 'word + `: '],
      ],
    },
    ['src/everything/tools/word.ts', 'a word', 'another word'],
    {
      remove: 'src/everything/tools/word.ts',
      and: [
        ['src/everything/tools/echo.ts', "import { word } from './word.js'\n", ''],
        ['src/everything/tools/echo.ts', 'word + `: ', '`Echo: '],
      ],
    },
  ],
} satisfies Recipe
