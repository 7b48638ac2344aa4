/** A debugger that is attached to a program over the inspector protocol, as an editor does it. */
import { spawn } from 'node:child_process'
import type { NodeVersion } from '../../../../.ci/nodes.ts'

interface Message {
  id?: number
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { message: string }
}

interface Paused {
  callFrames: { location: { scriptId: string; lineNumber: number } }[]
  hitBreakpoints?: string[]
}

export interface Breakpoint {
  url?: string
  urlRegex?: string
  /** Counted from 0. */
  lineNumber: number
}

export interface Session {
  /** The URLs of all scripts, in the order in which they were compiled. */
  scripts: string[]
  /** `url:line` of each breakpoint that was hit, the line counted from 1. */
  hits: string[]
  output: string
}

/** Runs a program to its end, with breakpoints that were set before its first line. */
export async function debug(
  node: NodeVersion,
  args: readonly string[],
  cwd: string,
  breakpoints: readonly Breakpoint[],
): Promise<Session> {
  const session: Session = { scripts: [], hits: [], output: '' }
  const child = spawn(node.binary, ['--inspect-brk=127.0.0.1:0', ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.on('data', data => {
    session.output += data
  })
  let messages = ''
  const address = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', data => {
      messages += data
      const found = /Debugger listening on (ws:\S+)/.exec(messages)
      if (found) resolve(found[1]!)
    })
    child.on('close', () => reject(new Error(messages)))
  })
  const socket = new WebSocket(address)
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  let last = 0
  const urls = new Map<unknown, unknown>()
  const waiting = new Map<number, (message: Message) => void>()
  const send = (method: string, params: object = {}) => {
    const id = ++last
    socket.send(JSON.stringify({ id, method, params }))
    return new Promise<Message>(resolve => waiting.set(id, resolve))
  }
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data)) as Message
    if (message.id !== undefined) waiting.get(message.id)?.(message)
    else if (message.method === 'Debugger.scriptParsed') {
      const { scriptId, url } = message.params!
      urls.set(scriptId, url)
      session.scripts.push(String(url))
    } else if (message.method === 'Debugger.paused') {
      const { callFrames, hitBreakpoints = [] } = message.params as unknown as Paused
      const [frame] = callFrames
      if (hitBreakpoints.length > 0)
        session.hits.push(`${urls.get(frame!.location.scriptId)}:${frame!.location.lineNumber + 1}`)
      void send('Debugger.resume')
    } else if (message.method === 'NodeRuntime.waitingForDisconnect') socket.close()
  }
  await send('Runtime.enable')
  await send('Debugger.enable')
  await send('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true })
  for (const breakpoint of breakpoints) {
    const { error } = await send('Debugger.setBreakpointByUrl', breakpoint)
    if (error) throw new Error(error.message)
  }
  await send('Runtime.runIfWaitingForDebugger')
  const code = await new Promise(resolve => child.on('close', resolve))
  socket.close()
  if (code !== 0) throw new Error(`exit code ${code}: ${session.output}${messages}`)
  return session
}
