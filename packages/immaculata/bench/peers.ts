/** Installs the peers, when they are needed, into a folder that git ignores: the workspace's own install stays small. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { here, peers } from './adapter.ts'

/** Whose install scripts may run: those that fetch or check a binary. */
const settings = `strictDepBuilds: false
allowBuilds:
  bun: true
  deno: true
  esbuild: true
`

/** What cannot be installed is said by each adapter's row. */
export function installPeers(): void {
  install(here, peers)
}

/** Installs what the package.json in one folder asks for into another; does nothing if that is there. */
export function install(from: string, to: string): void {
  const wanted = readFileSync(`${from}/package.json`, 'utf8')
  const done = `${to}/installed.json`
  if (existsSync(done) && readFileSync(done, 'utf8') === wanted) return
  mkdirSync(to, { recursive: true })
  copyFileSync(`${from}/package.json`, `${to}/package.json`)
  // A workspace of its own: pnpm looks no further up.
  writeFileSync(`${to}/pnpm-workspace.yaml`, settings)
  console.error('Installing what is compared with …')
  // Within a script, pnpm says where it is itself; it may be a program or a script for Node.
  const pnpm = process.env.npm_execpath
  const [command, args]: [string, string[]] = !pnpm
    ? ['npx', ['--yes', 'pnpm@12']]
    : /\.[cm]?js$/.test(pnpm)
      ? [process.execPath, [pnpm]]
      : [pnpm, []]
  const { status } = spawnSync(command, [...args, 'install'], { cwd: to, stdio: ['ignore', 2, 2] })
  if (status === 0) writeFileSync(done, wanted)
  else console.error('Not everything could be installed: those tools are left out.')
}
