/** What `register` does in the process of a program, before its entry point is loaded. */
import { type RegisterHooksOptions, registerHooks } from 'node:module'
import { fromEnvironment } from '../shared/options.ts'
import { entryFile } from '../shared/project-tree.ts'
import { Session } from './session.ts'

/** Makes this process's program hot. */
export function takeOver(): void {
  const options = fromEnvironment()
  const entry = entryFile()
  // A tool from node_modules is nobody's work in progress.
  if (entry === undefined || /[\\/]node_modules[\\/]/.test(entry)) return
  const session = new Session(entry, options ?? {}, options !== undefined)
  registerHooks(session.hot as RegisterHooksOptions)
  session.begin()
}
