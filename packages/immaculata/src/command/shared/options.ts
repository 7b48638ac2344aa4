/** The options of the command, and how they reach the process that runs the program. */

export interface Options {
  /** The tree's folder. By default it is found from the entry point. */
  root?: string
  explain?: boolean
  quiet?: boolean
  /** Say also why a save did nothing. */
  verbose?: boolean
  /** Clear the terminal before each message about a save. */
  clear?: boolean
  /** Say the time of day with each message. */
  times?: boolean
  /** Tell every event as a line of JSON: on stderr in place of messages, or in a file. */
  json?: true | string
  /** Is what a module opens closed when it is replaced? Default: true. */
  auto?: boolean
  /** Is what modules leave on each other looked for? Default: true. */
  contributions?: boolean
  /** Is a compiler chosen for TypeScript that needs one? Default: true. */
  compiler?: boolean
  /** The compiler that was chosen. */
  compiledBy?: string
  /** How many columns the terminal has. */
  columns?: number
  /** Look at the disk so often, in ms, instead of waiting for events. */
  poll?: number
  /** Have the browser follow: pages that are open reload when a save is live. */
  reload?: boolean
  /** Serve the live page. */
  ui?: boolean
  /** What the address of the live page must hold. The command makes it, once for all processes of a program. */
  token?: string
  /** Patterns of files and folders that are left alone. */
  ignore?: string[]
  /** Patterns of files that are followed although nothing imports or reads them: a save restarts the program, or reloads the pages. */
  include?: string[]
  /** End as the program ends, whatever the reason. */
  once?: boolean
  /** Wait for the next save when the program has ended, without a terminal too. */
  stay?: boolean
}

/** A program to run. */
export interface Run {
  kind: 'run'
  options: Options
  nodeFlags: string[]
  entry: string
  args: string[]
  /** Remarks about the arguments. */
  notes: string[]
}

const variable = 'IMMACULATA_COMMAND'

/** The environment with which the options get to the process that runs the program. */
export function toEnvironment(options: Options, flags: readonly string[] = []): NodeJS.ProcessEnv {
  return { ...process.env, [variable]: JSON.stringify({ options, command: process.pid, flags }) }
}

/** The flags of Node that only we need. */
export function flagsFromEnvironment(): readonly string[] {
  const text = process.env[variable]
  return text === undefined ? [] : ((JSON.parse(text) as { flags?: string[] }).flags ?? [])
}

/** The command's options, if the command itself started this process. The program does not see them. */
export function fromEnvironment(): Options | undefined {
  const text = process.env[variable]
  if (text === undefined) return undefined
  delete process.env[variable]
  const { options, command } = JSON.parse(text) as { options: Options; command: number }
  return command === process.ppid ? options : undefined
}
