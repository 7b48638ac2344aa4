/** The program's entry point: evaluating it runs the program. */
import diagnostics from 'node:diagnostics_channel'
import { Module } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Hot } from '@hot/hooks'

/** Traces a call as Node traces each `require`: automatic lifetimes rely on it. */
const onRequire = diagnostics.tracingChannel('module.require')
const load = Module as unknown as { _load(filename: string, parent: null, isMain: true): unknown }

export class Entry {
  readonly filename: string
  /** Its URL, which is also its id. */
  readonly url: string
  /** Did Node take it for CommonJS when it was loaded last? */
  commonjs: boolean

  constructor(filename: string) {
    this.filename = filename
    this.url = pathToFileURL(filename).href
    this.commonjs = /\.c[jt]s$/.test(filename)
  }

  /** Re-evaluates it as the main module. Rejects with what the evaluation throws. */
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
