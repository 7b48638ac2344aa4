/** The reference: what `--help` says, and the READMEs of the packages. They lie outside of the site, and come into its tree in memory. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const packages = new URL('../../packages/', import.meta.url)
const names = ['immaculata', 'hooks', 'tree', 'graph', 'dispose']

/**
 * Adds the pages below `/reference/`, if the packages are where they are in the repository.
 * @param {import('immaculata').FileTree} tree
 */
export async function addReference(tree) {
  if (!existsSync(packages)) return
  const command = fileURLToPath(new URL('immaculata/immaculata.js', packages))
  const help = execFileSync(process.execPath, [command, '--help'], { encoding: 'utf8' })
  const writes = [tree.write('/pages/reference/00-command.md', `# The command\n\n\`\`\`\n${help}\`\`\`\n`)]
  for (const [at, name] of names.entries()) {
    const text = readFileSync(new URL(`${name}/README.md`, packages), 'utf8')
    writes.push(tree.write(`/pages/reference/${at + 1}-${name}.md`, withLinks(text)))
  }
  await Promise.all(writes)
}

/**
 * Links to other READMEs become links to their pages. What is not part of the site stays as text.
 * @param {string} text
 */
function withLinks(text) {
  return text.replace(/\[([^\]]+)\]\((?!https?:|#)([^)]+)\)/g, (_, words, target) => {
    const [, name = '', anchor = ''] = /^(?:\.\.\/)+(?:packages\/)?(\w+)(?:\/README\.md)?(#.*)?$/.exec(target) ?? []
    return names.includes(name) ? `[${words}](/reference/${name}/${anchor})` : words
  })
}
