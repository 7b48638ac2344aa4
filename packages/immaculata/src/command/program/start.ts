/**
 * What `register` does in the process of a program, before its entry point is loaded. The command's options and the name of the entry
 * point come in; what goes out is a session that follows the program from save to save. The invariant: when it cannot, it says so,
 * and the program runs as under plain Node.
 */

import type { Cluster } from 'node:cluster'
import { type RegisterHooksOptions, registerHooks } from 'node:module'
import { Show } from '../messages/show.ts'
import { entryFile } from '../shared/find-root.ts'
import { fromEnvironment } from '../shared/options.ts'
import { Session } from './session.ts'

/** Makes this process's program hot. */
export function takeOver(): void {
  const options = fromEnvironment()
  const entry = entryFile(process.argv[1])
  if (entry === undefined) return
  if (isClusterWorker()) {
    const why = 'a worker of node:cluster has its sockets from its primary process, so saves are not live here'
    new Show(options ?? {}).note(
      `${why}: start the program outside of a cluster (PM2: exec_mode "fork", interpreter "immaculata")`,
    )
    return
  }
  let session: Session
  try {
    session = new Session(entry, options ?? {}, options !== undefined)
  } catch (error) {
    // The folder is not there, or may not be read: the program may not need it.
    new Show(options ?? {}).error(error, undefined, 'The program runs, but saves are not live.')
    return
  }
  registerHooks(session.hot as RegisterHooksOptions)
  session.begin()
}

/** A process manager may start the program as one (PM2, in cluster mode). Those of the program itself do not load this. */
function isClusterWorker(): boolean {
  return process.channel !== undefined && (process.getBuiltinModule('node:cluster') as unknown as Cluster).isWorker
}
