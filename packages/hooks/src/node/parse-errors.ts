/**
 * Where a source does not parse. V8 keeps the file, the line and a caret with the error, under a name that only Node's own code can
 * read; Node shows them when nobody catches the error. Its function that puts them in front of the stack is found through the
 * `require` of Node's own files, over which its ESM loader closes.
 */
import { Inspector } from './inspector.ts'
import { register } from './other-hooks.ts'

type WriteArrow = (error: Error) => void

let found: WriteArrow | undefined

/**
 * Puts `file:line`, the line and a caret in front of the stack of an error that V8 raised while it compiled or linked a module.
 * Changes nothing where they are there already, or were not kept.
 */
export function writeArrow(error: Error): void {
  try {
    found ??= Inspector.with(findWriteArrow)
  } catch {
    return // no inspector here (`--permission`): the error stays as Node made it
  }
  found(error)
}

function findWriteArrow(inspector: Inspector): WriteArrow {
  const load = inspector.closedOver(register, ['require']) as (id: string) => { decorateErrorStack?: WriteArrow }
  const { decorateErrorStack } = load('internal/util')
  if (typeof decorateErrorStack !== 'function') throw new Error('Node has no decorateErrorStack')
  return decorateErrorStack
}
