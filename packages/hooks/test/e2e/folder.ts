/** A folder with a program in it, whose bare specifiers lead to the built packages of this workspace. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const packages = fileURLToPath(new URL('../../../', import.meta.url))
const made: string[] = []

afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
})

export function folder(files: Record<string, string>): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'hot program-')))
  made.push(dir)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  mkdirSync(join(dir, 'node_modules/@hot'), { recursive: true })
  symlinkSync(join(packages, 'immaculata'), join(dir, 'node_modules/immaculata'))
  for (const name of ['tree', 'graph', 'dispose', 'hooks'])
    symlinkSync(join(packages, name), join(dir, 'node_modules/@hot', name))
  return dir
}
