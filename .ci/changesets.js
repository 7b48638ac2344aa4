/**
 * A change that users of a package can notice comes with a changeset. Compares with where the branch left `main`; on `main`
 * itself, and where the history does not reach back so far, only the changesets that are there are checked. Works offline.
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

// A release takes the changesets away and writes the changelogs instead.
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

/** What git says, or nothing if it fails: a name that is not there is none of our failures. */
function git(...args) {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}
