/**
 * Runs all tests on the oldest supported Nodes, which have quirks that later releases of the same line do not have. The tests
 * themselves run on them, too, not only the processes that they start. `node .ci/floors.js [vitest's arguments]`
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const floors = ['22.15.0', '24.0.0']
const root = join(import.meta.dirname, '..')

for (const version of floors) {
  const node = fetch(version)
  console.log(`\nNode ${version}\n`)
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--config', 'vitest.workspace.ts', ...process.argv.slice(2)]
  run(node, args, { cwd: root, env: { ...process.env, HOT_TEST_NODES: node } })
}

/** The path of that Node's binary, in a folder that git ignores. npm has one package for each platform. */
function fetch(version) {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  const name = `${prefix}-${platform}-${process.arch}`
  const folder = join(root, '.cache', `node-${version}`)
  const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(binary)) return binary
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }))
  run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', `${name}@${version}`], {
    cwd: folder,
    shell: process.platform === 'win32', // npm is a .cmd there
  })
  return binary
}

function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}
