/**
 * What a fresh process of the program is given to find out whether it would throw: it runs beside the one that is hot, so its servers
 * listen somewhere else. It says what became of it through the command's channel, and is ended then. Built as CommonJS.
 */
import { writeSync } from 'node:fs'
import net from 'node:net'
import { isMainThread } from 'node:worker_threads'
import { channelFd, onCommandGone } from './command/shared/channel.ts'

/** In ms: how long code behind `listen()` may take to throw, and how long a program without servers is waited for. */
const afterListening = 60
const withoutServers = 1_500
const toBeEnded = 300

function say(verdict: 'listens' | 'runs' | 'throws'): void {
  try {
    writeSync(channelFd, verdict)
  } catch {
    // Nobody waits for it any more.
  }
  // Whoever waits ends this process at once, unless it was ended itself.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), toBeEnded).unref()
}

if (isMainThread) {
  const { execArgv } = process
  const at = execArgv.indexOf(__filename)
  if (at > 0) execArgv.splice(at - 1, 2)
  onCommandGone(() => process.kill(process.pid, 'SIGKILL'))
  process.on('uncaughtExceptionMonitor', () => say('throws'))
  process.on('exit', code => say(code === 0 ? 'runs' : 'throws'))
  setTimeout(() => say('runs'), withoutServers).unref()
  const { listen } = net.Server.prototype
  net.Server.prototype.listen = function (this: net.Server, ...args: unknown[]) {
    const callback = args.findLast(argument => typeof argument === 'function') as (() => void) | undefined
    this.once('listening', () => setTimeout(() => say('listens'), afterListening).unref())
    return Reflect.apply(listen, this, [0, '127.0.0.1', callback])
  } as typeof listen
}
