import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodes } from '../../../../.ci/nodes.ts'
import type { Package, Tarballs } from './tarballs.ts'
import * as project from './tarballs.ts'

const run = promisify(execFile)
const timeout = 60_000 // ms
const folders: string[] = []
let tarballs: Tarballs
beforeAll(async () => {
  tarballs = await project.pack(fresh())
}, timeout)
afterAll(() => folders.forEach(project.removeFolder))

function fresh(): string {
  const folder = project.freshFolder()
  folders.push(folder)
  return folder
}

const programs: [wanted: Package, brings: Package[], program: string][] = [
  [
    '@hot/tree',
    [],
    `import { FileTree } from '@hot/tree'
     const tree = new FileTree('src', import.meta.dirname)
     console.log(tree.files.get('/a.txt').text)
     tree.close()`,
  ],
  [
    '@hot/graph',
    [],
    `import { ModuleGraph } from '@hot/graph'
     const graph = new ModuleGraph()
     graph.addDependency('importer', 'dependency')
     console.log(graph.plan(['dependency']).length === 2 ? 'works' : 'fails')`,
  ],
  [
    '@hot/dispose',
    [],
    `import { Scope } from '@hot/dispose'
     const scope = new Scope('works')
     scope.defer(() => console.log('works'))
     await scope.dispose()`,
  ],
  [
    '@hot/hooks',
    ['@hot/dispose', '@hot/graph', '@hot/tree'],
    `import { registerHooks } from 'node:module'
     import { useTree } from '@hot/hooks'
     import { FileTree } from '@hot/tree'
     const tree = new FileTree('src', import.meta.dirname)
     registerHooks(useTree(tree))
     await tree.write('/module.js', 'export default "works"')
     console.log((await import('./src/module.js')).default)
     tree.close()`,
  ],
  [
    'immaculata',
    ['@hot/dispose', '@hot/graph', '@hot/hooks', '@hot/tree'],
    `import { FileTree } from 'immaculata'
     import { useTree } from 'immaculata/hooks.js'
     import { registerHooks } from 'node:module'

     const tree = new FileTree('src', import.meta.dirname)
     registerHooks(useTree(tree))

     const myModule = await import('src/myModule.js')
     const myModule2 = await import('src/myModule.js')

     tree.watch().on('filesUpdated', async () => {
       const myModule = await import('src/myModule.js')
       if (myModule.state === 3) tree.close()
     })

     if (myModule !== myModule2) throw new Error('evaluated a second time')
     await tree.write('/myModule.js', 'console.log("works"); export const state = 3')`,
  ],
]

describe.each(programs)('%s in an empty project', (wanted, brings, program) => {
  const folder = fresh()
  let all: string[]
  beforeAll(async () => {
    project.writeFiles(folder, {
      'main.js': program,
      'src/a.txt': 'works',
      'src/myModule.js': 'export const state = 1',
    })
    await project.install(folder, tarballs, wanted)
    all = project.installed(folder)
    // Only what a project itself asks for can be imported: one that makes a tree for the hooks asks for `@hot/tree`, too.
    const imported = project.packages.filter(name => program.includes(`from '${name}'`))
    if (imported.length > 1) await project.install(folder, tarballs, ...imported)
  }, timeout)

  it(`brings ${brings.length === 0 ? 'nothing else' : `${brings.join(', ')}, and nothing else`}`, () => {
    expect(all).toEqual([wanted, ...brings].sort())
  })

  it.each(nodes)('works on Node $version', { timeout }, async ({ binary }) => {
    expect(await run(binary, ['main.js'], { cwd: folder })).toEqual({ stdout: 'works\n', stderr: '' })
  })
})

describe.each([
  ['nodenext', 'nodenext', false],
  ['bundler', 'esnext', true],
])('Under moduleResolution %s', (moduleResolution, module, skipLibCheck) => {
  const folder = fresh()
  beforeAll(
    () => project.install(folder, tarballs, 'immaculata', '@hot/tree', '@hot/graph', '@hot/dispose', '@hot/hooks'),
    timeout,
  )

  const check = async (program: string) => {
    const compilerOptions = {
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      module,
      moduleResolution,
      strict: true,
      noEmit: true,
      skipLibCheck, // without it, our declarations are checked, too, and TypeScript's own with them, which takes its time
      types: ['node'],
      typeRoots: [path.join(project.repository, 'node_modules/@types')],
    }
    project.writeFiles(folder, {
      'main.ts': program,
      'tsconfig.json': JSON.stringify({ compilerOptions, include: ['main.ts'] }),
    })
    const tsc = path.join(project.repository, 'node_modules/typescript/bin/tsc')
    return run(process.execPath, [tsc, '-p', folder], { cwd: folder }).then(
      () => 'sound',
      ({ stdout }) => stdout as string,
    )
  }

  it('every entry of every package type-checks', { timeout: 3 * timeout }, async () => {
    const program = `
      import { registerHooks } from 'node:module'
      import { Scope } from '@hot/dispose'
      import { Lifetimes } from '@hot/dispose/auto'
      import { ModuleGraph } from '@hot/graph'
      import { useTree as use } from '@hot/hooks'
      import { FileTree as Tree } from '@hot/tree'
      import { FileTree } from 'immaculata'
      import { useTree } from 'immaculata/hooks.js'
      import type {} from 'immaculata/hot'
      import 'immaculata/register'

      const tree: Tree = new FileTree('src', import.meta.dirname)
      const handle: ReturnType<typeof use> = useTree(tree)
      registerHooks(handle)
      tree.watch().on('filesUpdated', async changes => {
        const kinds: ('added' | 'changed' | 'removed')[] = changes.map(change => change.kind)
        console.log(kinds, new ModuleGraph().plan(['a']).map(stale => stale.chain.length), new Scope('a').signal.aborted, typeof Lifetimes)
      })
      import.meta.hot?.accept()
      import.meta.hot?.dispose(() => {})
      // @ts-expect-error a wrong use is found
      new FileTree(1)
    `
    expect(await check(program)).toBe('sound')
  })
})
