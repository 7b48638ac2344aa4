/** What the package in this folder starts with, if no file is given. */
import { startOfPackage } from '../shared/start-of-package.ts'
import { parse, type Request, type WithoutFile } from './parse.ts'

export function runOfPackage({ options, nodeFlags, notes }: WithoutFile): Exclude<Request, WithoutFile> {
  const start = startOfPackage(process.cwd(), words => {
    const split = parse(words)
    return split.kind === 'run' ? split : undefined
  })
  if (!start) {
    const message =
      'give it the file to run: package.json names none that is there ("main", or in its script "start" or "dev"), and there is no index'
    return { kind: 'wrong', message }
  }
  Object.assign(process.env, start.env)
  const { entry, args, found } = start
  const flags = [...nodeFlags, ...start.nodeFlags]
  const note = `runs ${[...start.nodeFlags, entry, ...args].join(' ')}, ${found}`
  return { kind: 'run', options, nodeFlags: flags, entry, args: [...args], notes: [...notes, note] }
}
