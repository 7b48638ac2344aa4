import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { freshFolder } from './disk.ts'

it('The first example of the README prints what the README says, and ends', () => {
  const readme = fs.readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const example = /```js\n(.*?)```/s.exec(readme)![1]!
  const dir = freshFolder({ 'src/a.ts': 'the text of a' })
  onTestFinished(() => fs.rmSync(dir, { recursive: true }))
  const index = new URL('../../src/index.ts', import.meta.url).href
  fs.writeFileSync(path.join(dir, 'example.mjs'), example.replace("'@hot/tree'", `'${index}'`))
  const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
  const program = [...flags, path.join(dir, 'example.mjs')]
  const output = execFileSync(process.execPath, program, { encoding: 'utf8', timeout: 10_000 })
  expect(output).toBe('the text of a\nadded /made/up.ts\n')
})
