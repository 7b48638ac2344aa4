/** Which of Node's own test files concern what this product touches, and how Node's runner starts them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Folders of tests that are run whole. */
const folders = ['es-module', 'module-hooks', 'async-hooks']

/** What a test in `parallel` or `sequential` is about, by the beginning of its name. */
const subjects = [
  ...['module', 'require', 'vm-module', 'vm-dynamic-import', 'esm', 'worker', 'child-process', 'http', 'https', 'net'],
  ...['timers', 'process', 'diagnostics', 'async-hooks', 'async-local-storage', 'async-wrap', 'inspector', 'cluster'],
  ...['stdin', 'stdout', 'stdio', 'signal', 'beforeexit', 'promise', 'unhandled', 'next-tick', 'preload', 'dotenv'],
]
const isAbout = new RegExp(`^test-(?:${subjects.join('|')})(?=[-.])`)

export interface TestFile {
  /** Its path below Node's `test` folder, with forward slashes. */
  readonly name: string
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** `folder` is Node's source, or its `test` folder. */
export function testFolder(folder: string): string {
  const inside = join(folder, 'test')
  const found = [inside, folder].find(each => existsSync(join(each, 'common', 'index.js')))
  if (!found) throw new Error(`${folder} has no test/common/index.js: give the folder of Node's source with --folder`)
  return found
}

export function findTests(test: string): TestFile[] {
  const found: TestFile[] = []
  const add = (folder: string, wanted: RegExp) => {
    if (!existsSync(join(test, folder))) return
    for (const file of readdirSync(join(test, folder)).sort()) {
      if (/^test-.*\.[cm]?js$/.test(file) && wanted.test(file)) found.push(read(test, `${folder}/${file}`))
    }
  }
  for (const folder of folders) add(folder, /./)
  add('parallel', isAbout)
  add('sequential', isAbout)
  return found
}

/** A test names the flags and variables that it wants in comments. */
function read(test: string, name: string): TestFile {
  const text = readFileSync(join(test, name), 'utf8')
  const words = (label: string) =>
    [...text.matchAll(new RegExp(`^// ${label}: (.*)$`, 'gm'))].flatMap(([, value]) => value!.trim().split(/\s+/))
  const env = Object.fromEntries(words('Env').map(pair => [pair.split('=')[0]!, pair.slice(pair.indexOf('=') + 1)]))
  return { name, flags: words('Flags'), env }
}
