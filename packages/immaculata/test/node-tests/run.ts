/**
 * Runs Node's own tests of what this product touches, plain and with `register`, and lists what passes plain and fails with it.
 *
 *     pnpm test:node --folder <Node's source> [--node 24] [--only part,part] [--jobs 2] [--import] [--results file.json]
 *
 * It fetches nothing: the source of the same line has to be there (`git clone --depth 1 --branch v24.x https://github.com/nodejs/node`).
 * What is known to fail is listed by name, with its reason, in `known.ts`; anything else makes the script end with code 1. With
 * `--results`, what was seen is kept in that file, and what has passed or failed plain is not run plain again.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { nodeOfLine } from '../../../../.ci/nodes.ts'
import { known } from './known.ts'
import { type Result, runTest } from './run-test.ts'
import { findTests, type TestFile, testFolder } from './test-files.ts'

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    node: { type: 'string', default: process.versions.node.split('.')[0]! },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
    patience: { type: 'string', default: '30000' },
    results: { type: 'string' },
    import: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
if (values.folder === undefined) throw new Error("--folder: the folder of Node's source")
const { binary: node, version } = nodeOfLine(values.node)
const test = testFolder(values.folder)
const dist = (name: string) => new URL(`../../dist/${name}`, import.meta.url)
// As the command does it: with any --import, Node itself loads the entry point in another way.
const preload = values.import
  ? ['--import', dist('register.js').href]
  : ['--require', fileURLToPath(dist('preload.cjs'))]

interface Seen {
  plain: Record<string, boolean>
  hot: Record<string, boolean>
}
const seen: Seen =
  values.results !== undefined && existsSync(values.results)
    ? (JSON.parse(readFileSync(values.results, 'utf8')) as Seen)
    : { plain: {}, hot: {} }

const only = values.only.split(',')
const tests = findTests(test).filter(({ name }) => only.some(part => name.includes(part)))
const failed = new Map<string, Result>()
let passed = 0

/** The least that any tool of this kind does: it registers a pair of hooks. */
const emptyHooks = fileURLToPath(new URL('empty-hooks.cjs', import.meta.url))
const anyTool = values.import ? ['--import', pathToFileURL(emptyHooks).href] : ['--require', emptyHooks]
const withAnyTool = new Set<string>()

/** A test that fails only sometimes, on a busy machine, is run once more. */
async function passes(file: TestFile, slot: number, preload: readonly string[]): Promise<Result> {
  const way = { node, test, preload, patience: Number(values.patience), slot }
  const first = await runTest(file, way)
  return first.passed ? first : runTest(file, way)
}

async function judge(file: TestFile, slot: number): Promise<void> {
  const { name } = file
  seen.plain[name] ??= (
    await runTest(file, { node, test, preload: [], patience: Number(values.patience), slot })
  ).passed
  if (!seen.plain[name]) return
  const result = await passes(file, slot, preload)
  seen.hot[name] = result.passed
  if (result.passed) passed++
  else {
    failed.set(name, result)
    if (!(await passes(file, slot, anyTool)).passed) withAnyTool.add(name)
  }
  if (!result.passed && values.verbose)
    console.log(`\n--- ${name}${withAnyTool.has(name) ? ' (empty hooks too)' : ''}\n${result.output}`)
  if (values.results !== undefined) writeFileSync(values.results, JSON.stringify(seen))
}

const waiting = tests[Symbol.iterator]()
await Promise.all(
  Array.from({ length: Number(values.jobs) }, async (_, slot) => {
    for (const file of waiting) await judge(file, slot)
  }),
)
const unknown = [...failed.keys()].filter(name => !(name in known)).sort()
const mended = Object.keys(known).filter(name => seen.hot[name])
console.log(`Node ${version}: ${passed + failed.size} tests pass plain; with register, ${failed.size} of them fail.`)
for (const name of [...failed.keys()].sort()) {
  const reason = known[name] ?? 'NOT KNOWN'
  console.log(`  ${name}: ${reason}${withAnyTool.has(name) ? ' (an empty pair of hooks fails it as well)' : ''}`)
}
for (const name of mended) console.log(`  passes again, and may be taken from known.ts: ${name}`)
if (!values.verbose) for (const name of unknown) console.log(`\n--- ${name}\n${failed.get(name)!.output}`)
process.exitCode = unknown.length > 0 ? 1 : 0
