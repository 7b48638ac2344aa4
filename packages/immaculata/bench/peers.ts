/** Installs the peers, when they are needed, into a folder that git ignores: the workspace's own install stays small. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { here, peers } from './adapter.ts'

/** Whose install scripts may run: those that fetch or check a binary. */
const settings = `allowBuilds:
  bun: true
  deno: true
  esbuild: true
`

/** Does nothing if they are there in the versions asked for. What cannot be installed is said by each adapter's row. */
export function installPeers(): void {
  const wanted = readFileSync(`${here}/package.json`, 'utf8')
  const done = `${peers}/installed.json`
  if (existsSync(done) && readFileSync(done, 'utf8') === wanted) return
  mkdirSync(peers, { recursive: true })
  copyFileSync(`${here}/package.json`, `${peers}/package.json`)
  // A workspace of its own: pnpm looks no further up.
  writeFileSync(`${peers}/pnpm-workspace.yaml`, settings)
  console.error('Installing what the benchmarks compare with …')
  // Within a script, pnpm says where it is itself; it may be a program or a script for Node.
  const pnpm = process.env.npm_execpath
  const [command, args]: [string, string[]] = !pnpm
    ? ['npx', ['--yes', 'pnpm@12']]
    : /\.[cm]?js$/.test(pnpm)
      ? [process.execPath, [pnpm]]
      : [pnpm, []]
  const { status } = spawnSync(command, [...args, 'install'], { cwd: peers, stdio: ['ignore', 2, 2] })
  if (status === 0) writeFileSync(done, wanted)
  else console.error('Not everything could be installed: those tools are left out.')
}
