/**
 * Checks that a change which users of a package can notice comes with a changeset. Compares with the commit at which the branch
 * left `main`. On `main` itself, or with a shallow history, it only checks the changesets that are there. Works offline.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const bases = [process.env.GITHUB_BASE_REF && `origin/${process.env.GITHUB_BASE_REF}`, 'origin/main', 'main']

const head = git('rev-parse', 'HEAD')
const base =
  bases
    .filter(Boolean)
    .map(name => git('merge-base', 'HEAD', name))
    .find(Boolean) ?? head
console.log(base === head ? 'nothing to compare with: this is main' : `compared with ${base}`)

// A release removes the changesets and writes the changelogs instead.
const released = git('diff', '--name-only', '--diff-filter=AM', base, head, '--', 'packages/*/CHANGELOG.md')
if (released) console.log('a release')
else {
  const changeset = join(root, 'node_modules/@changesets/cli/bin.js')
  const { status, error } = spawnSync(process.execPath, [changeset, 'status', `--since=${base}`], {
    cwd: root,
    stdio: 'inherit',
  })
  if (error) throw error
  process.exitCode = status ?? 1
}

/** What git prints; `undefined` if it fails, because a branch may not exist. */
function git(...args) {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}
