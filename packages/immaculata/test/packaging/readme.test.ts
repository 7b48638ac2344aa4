import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodes } from '../../../../.ci/nodes.ts'
import { help } from '../../src/command/arguments/help.ts'
import { programs } from './programs.ts'
import { Running } from './running.ts'
import { folderOf, freshFolder, install, pack, packages, removeFolder, repository, writeFiles } from './tarballs.ts'

interface Block {
  name: string
  code: string
  /** The `text` block right below, if there is one. */
  prints: string | undefined
}

/** The code blocks that have `<!-- run: name -->` right above them. */
function blocksOf(readme: string): Block[] {
  const text = fs.readFileSync(readme, 'utf8').replaceAll('\r\n', '\n')
  const marked = /<!-- run: ([\w-]+) -->\n+```(?:js|ts)\n(.*?)^```\n(?:\n*```text\n(.*?)^```)?/gms
  return [...text.matchAll(marked)].map(([, name, code, prints]) => ({ name: name!, code: code!, prints }))
}

const readmes = [path.join(repository, 'README.md'), ...packages.map(name => path.join(folderOf(name), 'README.md'))]
const blocks = readmes.filter(file => fs.existsSync(file)).flatMap(blocksOf)

const folder = freshFolder()
beforeAll(async () => {
  await install(folder, await pack(path.join(folder, 'tarballs')), ...packages)
}, 60_000)
afterAll(() => removeFolder(folder))

describe.each(blocks)('The program "$name" of the READMEs', ({ name, code, prints }) => {
  it.each(nodes)('does what it says on Node $version', { timeout: 60_000 }, async ({ binary, version }) => {
    const program = programs[name]
    if (!program) throw new Error(`programs.ts does not know "${name}"`)
    const place = path.join(folder, `${name} ${version}`)
    const files = { ...program.files, 'main.js': code }
    writeFiles(place, files)
    const running = new Running(binary, path.join(place, 'main.js'))
    try {
      if (program.follow) await program.follow(running)
      else expect(await running.output()).toBe(prints ?? program.prints)
    } finally {
      await running.stop()
    }
  })
})

it('every marked program is run, and no other; the README of the repository begins with that of its owner', () => {
  expect([...new Set(blocks.map(block => block.name))].sort()).toEqual(Object.keys(programs).sort())
  expect(blocksOf(readmes[0]!)[0]?.name).toBe('owner')
})

it('the README of the command has every option that its help has, and no other', () => {
  const readme = fs.readFileSync(path.join(folderOf('immaculata'), 'README.md'), 'utf8')
  const inReadme = [...readme.matchAll(/^\| `(--[\w-]+)/gm)].map(([, option]) => option)
  const inHelp = [...help.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, option]) => option)
  expect(inReadme.sort()).toEqual(inHelp.filter(option => option !== '--help').sort())
})
