import fs from 'node:fs'
import fc from 'fast-check'
import { difference, freshFolder, pause, settled, watched } from './disk.ts'

const names = ['a', 'b', 'c', 'd']
const path = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }).map(parts => parts.join('/'))
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant('save' as const), path, size: fc.integer({ min: 0, max: 5000 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('atomic' as const), path, size: fc.integer({ min: 1, max: 50 }) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('append' as const), path }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('remove' as const), path }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('rename' as const), path, to: path }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('mkdir' as const), path }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('pause' as const), ms: fc.integer({ min: 0, max: 12 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

let serial = 0

function apply(dir: string, step: Exclude<Step, { op: 'pause' }>): void {
  const at = `${dir}/${step.path}`
  serial++
  try {
    if (step.op === 'save') fs.writeFileSync(at, `${serial}`.padEnd(step.size, 'x').slice(0, step.size))
    else if (step.op === 'append') fs.appendFileSync(at, `${serial}`)
    else if (step.op === 'remove') fs.rmSync(at, { recursive: true })
    else if (step.op === 'rename') fs.renameSync(at, `${dir}/${step.to}`)
    else if (step.op === 'mkdir') fs.mkdirSync(at, { recursive: true })
    else {
      fs.writeFileSync(`${dir}/tmp`, `${serial}`.padEnd(step.size, 'y'))
      fs.renameSync(`${dir}/tmp`, at)
    }
  } catch {
    // There is a file where a folder is needed, or nothing: this step does nothing.
  }
}

/** Random operations on a real folder. When they are over, the tree must equal the disk, and stay so. */
export async function fuzz(): Promise<void> {
  const runs = process.env.HOT_FUZZ === 'long' ? { numRuns: 300 } : { seed: 20, numRuns: 6 }
  const property = fc.asyncProperty(fc.array(step, { minLength: 60, maxLength: 150 }), async steps => {
    const dir = freshFolder()
    const { tree, errors } = watched(dir)
    try {
      for (const step of steps) {
        if (step.op === 'pause') await pause(step.ms)
        else apply(dir, step)
      }
      await settled(tree, dir)
      await pause(30)
      const wrong = [...difference(tree, dir), ...errors.map(String)]
      if (wrong.length > 0) throw new Error(wrong.join('; '))
    } finally {
      tree.close()
      fs.rmSync(dir, { recursive: true })
    }
  })
  await fc.assert(property, { ...runs, endOnFailure: true })
}
