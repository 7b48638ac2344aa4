/** The five packages as they are published, and empty projects that install them. */
import { exec, execFile, execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const repository = fileURLToPath(new URL('../../../../', import.meta.url))
export const packages = ['@hot/tree', '@hot/graph', '@hot/dispose', '@hot/hooks', 'immaculata'] as const
export type Package = (typeof packages)[number]

/** Where each package's tarball lies. */
export type Tarballs = Record<Package, string>

export const folderOf = (name: Package) => path.join(repository, 'packages', name.replace('@hot/', ''))

export function freshFolder(): string {
  return fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'packaging-')))
}

export function removeFolder(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
  }
}

/** Packs all of them into `folder`, as a release does. What is packed was built before. */
export async function pack(folder: string): Promise<Tarballs> {
  await pnpm(repository, '--recursive', '--filter', './packages/*', 'pack', '--pack-destination', folder)
  const tarballs = packages.map(name => {
    const prefix = `${name.replace('@', '').replace('/', '-')}-`
    const file = fs.readdirSync(folder).find(file => file.startsWith(prefix) && file.endsWith('.tgz'))
    if (!file) throw new Error(`no tarball of ${name} in ${folder}`)
    return [name, path.join(folder, file)]
  })
  return Object.fromEntries(tarballs)
}

/** What is in a tarball: paths without the leading `package/`, sorted. */
export function filesOf(tarball: string): string[] {
  const list = execFileSync('tar', ['-tzf', path.basename(tarball)], { cwd: path.dirname(tarball), encoding: 'utf8' })
  const files = list.split(/\r?\n/).filter(line => line !== '' && !line.endsWith('/'))
  return files.map(file => file.replace(/^package\//, '')).sort()
}

/**
 * A project in an empty folder that installs `wanted`. It gets no other tarball unless one of these asks for it, and nothing
 * from a registry at all: pnpm works offline here, in a store of its own, and links only what a package itself declares.
 */
export async function install(folder: string, tarballs: Tarballs, ...wanted: Package[]): Promise<void> {
  const specifiers = (names: readonly Package[]) =>
    Object.fromEntries(names.map(name => [name, `file:${tarballs[name].replaceAll('\\', '/')}`]))
  const manifest = { name: 'empty', private: true, type: 'module', dependencies: specifiers(wanted) }
  writeFiles(folder, {
    'package.json': JSON.stringify(manifest),
    'pnpm-workspace.yaml': JSON.stringify({ overrides: specifiers(packages), storeDir: path.join(folder, '.store') }), // JSON is YAML
  })
  await pnpm(folder, 'install', '--offline', '--no-frozen-lockfile')
}

/** The names of everything that is installed in a project, however deep: pnpm's lockfile has a heading for each. */
export function installed(folder: string): string[] {
  const lockfile = fs.readFileSync(path.join(folder, 'pnpm-lock.yaml'), 'utf8')
  const section = /^packages:\n(.*?)^\S/ms.exec(lockfile)![1]!
  return [...section.matchAll(/^ {2}'?(@?[^@\s']+)@/gm)].map(match => match[1]!).sort()
}

const run = promisify(execFile)

/** The pnpm that runs the tests, or, if none does, the one of the README. Rejects with all it printed. */
async function pnpm(cwd: string, ...args: string[]): Promise<string> {
  const own = process.env.npm_execpath ?? ''
  const options = { cwd, encoding: 'utf8', maxBuffer: 2 ** 24 } as const
  const running = !path.basename(own).includes('pnpm')
    ? promisify(exec)(`npx --yes pnpm@12 ${args.map(arg => JSON.stringify(arg)).join(' ')}`, options)
    : /\.[cm]?js$/.test(own)
      ? run(process.execPath, [own, ...args], options)
      : run(own, args, options)
  try {
    return (await running).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`pnpm ${args.join(' ')} failed\n${stdout}${stderr}`, { cause: error })
  }
}
