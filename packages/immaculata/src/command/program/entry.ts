/** The program's entry point, whose evaluation is the program. */
import diagnostics from 'node:diagnostics_channel'
import { Module } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Hot } from '@hot/hooks'

/** What lies below this call is told as Node tells of each `require`: automatic lifetimes go by it. */
const onRequire = diagnostics.tracingChannel('module.require')
const load = Module as unknown as { _load(filename: string, parent: null, isMain: true): unknown }

export class Entry {
  readonly filename: string
  /** Also its id. */
  readonly url: string
  /** Whether Node took it for CommonJS when it was loaded last. */
  commonjs: boolean

  constructor(filename: string) {
    this.filename = filename
    this.url = pathToFileURL(filename).href
    this.commonjs = /\.c[jt]s$/.test(filename)
  }

  /** Evaluates it again, as the main module. Rejects with what the evaluation throws. */
  async evaluate(hot: Hot): Promise<void> {
    if (this.commonjs) onRequire.traceSync(() => load._load(this.filename, null, true), { id: this.filename })
    else await hot.import(this.url)
  }

  /** The ids of the modules that it depends on, itself included. */
  reach(hot: Hot): Set<string> {
    const reached = new Set([this.url])
    for (const id of reached) for (const dependency of hot.graph.dependenciesOf(id)) reached.add(dependency)
    return reached
  }
}
