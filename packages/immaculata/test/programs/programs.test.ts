import { describe, expect, it } from 'vitest'
import { nodes } from '../../../../.ci/nodes.ts'
import { command } from '../asking.ts'
import { judge } from './hot-and-cold.ts'
import { lifetimes } from './lifetimes.ts'
import { reading } from './reading.ts'
import { routers } from './routers.ts'

describe.each(nodes)('after every edit, as a fresh process, on Node $version', ({ binary: node }) => {
  it.concurrent.each([...routers, ...reading, ...lifetimes])('$name', async program => {
    const verdict = await judge(program, { name: 'immaculata', node, arguments: [command] })
    expect(verdict.wrong, verdict.output).toBeUndefined()
    if (!program.mayRestart) expect(verdict.kept, 'a module that nothing touched lost its state').toBe(true)
  })
})
