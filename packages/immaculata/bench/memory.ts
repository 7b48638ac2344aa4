/** What stays in memory of each reload of a module that holds 1 MB: the same for every tool that reloads in its process. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Adapter, Tool } from './adapter.ts'
import type { MemoryResult } from './results.ts'

export interface MemoryCase {
  readonly kind: 'module' | 'commonjs'
  /** How many modules stand between the entry point and the one that is reloaded. */
  readonly importers: number
}

/** What is allocated once is not what this is about. */
const warm = 20
/** After so many saves in a row that were not seen, a tool is given up. */
const hopeless = 5
/** How long to wait for a save to be seen, in ms. */
const patience = 2_000

/** The project, whose entry point also tells, when asked on its standard input, how much memory is live. */
class Holder {
  readonly dir: string
  readonly #kind: MemoryCase['kind']
  readonly #count: number

  constructor(dir: string, { kind, importers }: MemoryCase) {
    this.dir = dir
    this.#kind = kind
    const names = Array.from({ length: importers }, (_, at) => `importer${at}.js`)
    const imported = names.length > 0 ? names : [this.#big]
    this.#count = imported.length
    mkdirSync(dir, { recursive: true })
    const put = (name: string, text: string) => writeFileSync(`${dir}/${name}`, text)
    put('package.json', '{ "name": "generated", "type": "module" }\n')
    put('main.js', `import { few, value } from './entry.js'\nconsole.log('@@' + JSON.stringify({ few, all: value }))\n`)
    put('probe.js', probe)
    for (const name of names) put(name, `export { value } from './${this.#big}'\n`)
    const imports = imported.map((name, at) => `import { value as v${at} } from './${name}'\n`).join('')
    const sum = imported.map((_, at) => `v${at}`).join(' + ')
    put('entry.js', `import './probe.js'\n${imports}export const few = v0\nexport const value = ${sum}\n`)
    this.save(0)
  }

  get #big(): string {
    return this.#kind === 'module' ? 'big.mjs' : 'big.cjs'
  }

  /** An atomic save of the module that holds 1 MB of numbers. */
  save(number: number): void {
    const held = `Array.from({ length: 131_072 }, (_, at) => at + ${number} + 0.5)`
    const text =
      this.#kind === 'module'
        ? `export const held = ${held}\nexport const value = ${number}\n`
        : `exports.held = ${held}\nexports.value = ${number}\n`
    writeFileSync(`${this.dir}/${this.#big}.tmp`, text)
    renameSync(`${this.dir}/${this.#big}.tmp`, `${this.dir}/${this.#big}`)
  }

  values(number: number) {
    return { few: number, all: number * this.#count }
  }
}

export async function reloads(
  adapter: Adapter,
  node: string,
  dir: string,
  one: MemoryCase,
  count: number,
  points: number,
): Promise<MemoryResult> {
  rmSync(dir, { recursive: true, force: true })
  const holder = new Holder(dir, one)
  const tool = new Tool(adapter, holder, node)
  const curve: [number, number][] = []
  const result = (wrong: number, note?: string): MemoryResult => {
    return { tool: adapter.id, ...one, curve, wrong, ...(note === undefined ? {} : { note: note.trim() }) }
  }
  let wrong = 0
  let lost = 0
  try {
    const first = await shows(tool, holder.values(0), 10 * patience)
    if (first !== true) return result(1, first || tool.output)
    for (let number = 1 - warm; number <= count; number++) {
      // Some tools lose a save that follows close upon another one, which is not the question here.
      if (!adapter.id.startsWith('ours')) await sleep(60)
      await tool.begin()
      holder.save(number + warm)
      const seen = (await shows(tool, holder.values(number + warm), patience)) === true
      tool.enough()
      lost = seen ? 0 : lost + 1
      if (!seen) wrong++
      if (lost === hopeless) return result(wrong, 'saves of this module are not seen')
      if (number === 0 || (number > 0 && number % Math.ceil(count / points) === 0)) {
        curve.push([number, await tool.memory()])
      }
    }
    return result(wrong)
  } finally {
    await tool.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Whether the values were shown; if not, the last error that was shown instead. */
async function shows(tool: Tool, { few, all }: { few: number; all: number }, ms: number): Promise<true | string> {
  let last = ''
  for await (const { values, error } of tool.messages(ms)) {
    if (values?.few === few && values.all === all) return true
    last = error ?? last
  }
  return last
}

const probe = `globalThis.probed ??= await (async () => {
  const collect = globalThis.Bun
    ? () => Bun.gc(true)
    : await (async () => {
        const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import('node:v8'), import('node:vm')])
        setFlagsFromString('--expose-gc')
        return runInNewContext('gc')
      })()
  return process.stdin.on('data', async () => {
    for (let turn = 0; turn < 4; turn++) {
      collect()
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    const { heapUsed, external } = process.memoryUsage()
    console.log('@@' + JSON.stringify({ memory: heapUsed + external }))
  })
})()
`
