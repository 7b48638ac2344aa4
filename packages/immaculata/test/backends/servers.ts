/**
 * Real servers for the programs of this folder. In: addresses in the environment (`PG`, `REDIS`, `AMQP`, `NATS`, `MQTT`, `MYSQL`), or a Debian
 * on which this runs as root. Out: the addresses of what can be reached. What is started here listens on loopback, on a free port
 * and in a folder of its own, and is stopped in the end.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../asking.ts'

export type Backend = 'PG' | 'REDIS' | 'AMQP' | 'NATS' | 'MQTT' | 'MYSQL'

export interface Servers {
  readonly addresses: Readonly<Partial<Record<Backend, string>>>
  stop(): Promise<void>
}

const packages = ['postgresql', 'redis-server', 'rabbitmq-server', 'nats-server', 'mosquitto', 'mariadb-server']

/** Uses the addresses that are given; with `install`, the other servers are brought and started. */
export async function startServers(install: boolean): Promise<Servers> {
  const addresses: Partial<Record<Backend, string>> = {}
  for (const name of Object.keys(starts) as Backend[]) if (process.env[name]) addresses[name] = process.env[name]
  const missing = (Object.keys(starts) as Backend[]).filter(name => addresses[name] === undefined)
  if (!install || missing.length === 0) return { addresses, stop: async () => {} }
  if (process.getuid?.() !== 0)
    throw new Error('--install takes root and Debian; elsewhere give the addresses of servers')
  installPackages()
  const folder = mkdtempSync(join(tmpdir(), 'immaculata-backends-'))
  chmodSync(folder, 0o755)
  const running: ChildProcess[] = []
  const stop = async () => {
    await Promise.all(running.map(end))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    for (const name of missing) {
      const port = await freePort()
      const own = join(folder, name.toLowerCase())
      mkdirSync(own)
      const { child, address } = await starts[name](own, port)
      running.push(child)
      await reachable(name, port, child)
      addresses[name] = address
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { addresses, stop }
}

function installPackages(): void {
  const installed = (name: string) => spawnSync('dpkg', ['-s', name], { stdio: 'ignore' }).status === 0
  if (packages.every(installed)) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', ...packages],
  ]) {
    const { status } = spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
    if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed`)
  }
}

interface Started {
  readonly child: ChildProcess
  readonly address: string
}

const run = (command: string, args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }) =>
  spawn(command, args, { ...options, stdio: 'ignore', detached: true })

/** Starts a command as another user: some servers refuse to run as root. */
const runAs = (
  user: string,
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
) => {
  spawnSync('chown', ['-R', user, options.cwd])
  return run('setpriv', [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', command, ...args], options)
}

const starts: Record<Backend, (folder: string, port: number) => Promise<Started>> = {
  async PG(cwd, port) {
    const newest = readdirSync('/usr/lib/postgresql')
      .sort((a, b) => Number(a) - Number(b))
      .at(-1)!
    const bin = join('/usr/lib/postgresql', newest, 'bin')
    const made = runAs('postgres', join(bin, 'initdb'), ['-D', join(cwd, 'data'), '-A', 'trust', '-U', 'postgres'], {
      cwd,
    })
    await new Promise(resolve => made.once('close', resolve))
    const settings = ['-h', '127.0.0.1', '-p', String(port), '-k', cwd, '-c', 'max_connections=300']
    const child = runAs('postgres', join(bin, 'postgres'), ['-D', join(cwd, 'data'), ...settings], { cwd })
    return { child, address: `postgres://postgres@127.0.0.1:${port}/postgres` }
  },
  async REDIS(cwd, port) {
    const child = run('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], { cwd })
    return { child, address: `redis://127.0.0.1:${port}` }
  },
  async AMQP(cwd, port) {
    const env = {
      ...process.env,
      HOME: cwd,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: `immaculata${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_MNESIA_BASE: join(cwd, 'mnesia'),
      RABBITMQ_LOG_BASE: join(cwd, 'log'),
      RABBITMQ_SERVER_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    }
    return {
      child: runAs('rabbitmq', 'rabbitmq-server', [], { cwd, env }),
      address: `amqp://guest:guest@127.0.0.1:${port}`,
    }
  },
  async NATS(cwd, port) {
    const child = run('nats-server', ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', cwd], { cwd })
    return { child, address: `127.0.0.1:${port}` }
  },
  async MYSQL(cwd, port) {
    const data = join(cwd, 'data')
    const made = runAs(
      'mysql',
      'mariadb-install-db',
      ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal'],
      { cwd },
    )
    await new Promise(resolve => made.once('close', resolve))
    const settings = [
      `--datadir=${data}`,
      `--port=${port}`,
      `--socket=${join(cwd, 'socket')}`,
      '--bind-address=127.0.0.1',
    ]
    const child = runAs('mysql', 'mariadbd', ['--no-defaults', ...settings, '--skip-grant-tables'], { cwd })
    return { child, address: `mysql://root@127.0.0.1:${port}/mysql` }
  },
  async MQTT(cwd, port) {
    return { child: run('mosquitto', ['-p', String(port)], { cwd }), address: `mqtt://127.0.0.1:${port}` }
  },
}

async function reachable(name: Backend, port: number, child: ChildProcess): Promise<void> {
  const end = Date.now() + 90_000
  while (Date.now() < end && child.exitCode === null) {
    const answers = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (answers) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`the server for ${name} does not answer`)
}

/** Ends a server with all that it started. */
async function end(child: ChildProcess): Promise<void> {
  const ended = child.exitCode === null ? new Promise(resolve => child.once('close', resolve)) : undefined
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    try {
      process.kill(-child.pid!, signal)
    } catch {
      return // it has ended
    }
    await Promise.race([ended, new Promise(resolve => setTimeout(resolve, 5_000).unref())])
  }
}
