/** The resolve hook: from a specifier to a module at its current version, noting who asked. */
import { readdirSync } from 'node:fs'
import type { ImportAttributes, ResolveFnOutput, ResolveHookContext } from 'node:module'
import type { TreeFile } from '@hot/tree'
import { requiredFormatOf, usualFormat } from '../modules/format.ts'
import { type HotModule, type LinkCheck, type Resolved, versionIn } from '../modules/module.ts'
import { markImport, notFound } from '../modules/places.ts'
import type { Program } from '../modules/program.ts'
import { canRequireModules, isRequire } from '../node/node-versions.ts'
import { isRenamerAbove, isSomebodyBelow } from '../node/other-hooks.ts'
import { bareNames, findThroughLinks, join, namedBy, requireNames, triedBefore } from './candidates.ts'
import { facadeOf } from './require-esm.ts'
import { askNode, isSuperseded, rememberRequest, takeRequest } from './require-patches.ts'

export type NextResolve = (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput

/** Imports of our own, for callbacks of boundaries, make nobody an importer. */
const own = import.meta.url

/** Set in the context on its way down, so that the hooks of a second tree of the same program step aside. */
const seen = Symbol('seen by native hot modules')

export function resolveHook(program: Program) {
  return function resolve(specifier: string, context: ResolveHookContext, nextResolve: NextResolve): ResolveFnOutput {
    const { parentURL } = context
    if (parentURL !== undefined) {
      // The path that is walked for every import of every re-evaluated module, and for each `import()` of a request.
      const importer = program.current.get(parentURL)
      const known = (importer ? importer.memo : program.outside.get(parentURL))?.get(specifier)
      if (known !== undefined && !isRequire(context.conditions) && !hasAttributes(context.importAttributes)) {
        const noting = importer ?? (parentURL === own ? undefined : program.entry)
        if (noting && known.noted !== noting.generation) {
          known.noted = noting.generation
          if (importer) program.unlinked.delete(importer)
          program.graph.addDependency(noting.id, known.module.id)
        }
        return { url: known.module.url, format: known.format, shortCircuit: true }
      }
    }
    if (program.trees.length === 0 || (context as { [seen]?: Program })[seen] === program) {
      return nextResolve(specifier, context)
    }
    return new Resolution(program, specifier, context, nextResolve).answer()
  }
}

class Resolution {
  readonly program: Program
  readonly specifier: string
  readonly context: ResolveHookContext
  readonly require: boolean
  readonly request: ReturnType<typeof takeRequest>
  readonly nextResolve: NextResolve
  readonly importer: HotModule | undefined
  /** Set while this is part of a link check, which looks at the staged state and leaves no trace. */
  readonly linking: LinkCheck | undefined
  /** A superseded version that imports late gets the current state, but its edges are nobody's. */
  readonly superseded: boolean

  constructor(program: Program, specifier: string, context: ResolveHookContext, nextResolve: NextResolve) {
    this.program = program
    this.specifier = specifier
    this.context = context
    this.nextResolve = nextResolve
    this.require = isRequire(context.conditions)
    this.request = this.require ? takeRequest(specifier) : undefined
    const { parentURL } = context
    this.linking = program.linking?.covers(parentURL) ? program.linking : undefined
    this.importer = parentURL === undefined || this.linking ? undefined : program.find(parentURL)
    const linked = this.importer ?? (this.linking && parentURL !== undefined ? this.linking.get(parentURL) : undefined)
    if (linked) program.unlinked.delete(linked)
    const version = parentURL === undefined ? undefined : versionIn(parentURL)
    this.superseded =
      this.importer !== undefined &&
      ((version !== undefined && version !== this.importer.version) || isSuperseded(this.request?.parent))
  }

  answer(): ResolveFnOutput {
    const { specifier, program } = this
    if (specifier.startsWith('hot:') && program.linking?.source(specifier) !== undefined) {
      return { url: specifier, format: 'module', shortCircuit: true }
    }
    const checked = this.linking?.get(specifier)
    if (checked) {
      const file = this.fileOf(checked)
      const format = file && usualFormat(checked.tree, file, undefined)
      return { url: specifier, format, shortCircuit: true }
    }
    const memo = this.memo()
    const key = this.key()
    let found: Resolved | ResolveFnOutput | undefined = memo?.get(key)
    if (!found) {
      found = this.find()
      if ('url' in found) return found
      memo?.set(key, found)
    }
    this.note(found.module)
    for (const module of found.tried) this.note(module)
    found.noted = (this.importer ?? this.program.entry)?.generation ?? 0
    return this.reply(found)
  }

  /** A plain `import` is remembered by its specifier alone. */
  key(): string {
    if (this.require) return `require\0${this.specifier}`
    const { importAttributes } = this.context
    return hasAttributes(importAttributes) ? `${importAttributes.type}\0${this.specifier}` : this.specifier
  }

  memo(): Map<string, Resolved> | undefined {
    if (this.superseded || this.linking || this.context.parentURL === undefined) return undefined
    if (this.importer) {
      this.importer.memo ??= new Map()
      return this.importer.memo
    }
    let memo = this.program.outside.get(this.context.parentURL)
    if (!memo) {
      memo = new Map()
      this.program.outside.set(this.context.parentURL, memo)
    }
    return memo
  }

  /** Records that the importer depends on a module, whether or not its file exists. */
  note(module: HotModule): void {
    if (this.superseded || this.linking) return
    const { graph, entry } = this.program
    if (this.importer) this.program.addEdge(this.importer, module, this.require)
    else if (this.context.parentURL === own) return
    else if (entry && entry !== module) graph.addDependency(entry.id, module.id)
    else module.root = true
  }

  reply({ module, format, importAttributes, tried }: Resolved): ResolveFnOutput {
    const extra = importAttributes ? { importAttributes } : {}
    if (this.linking) return { url: this.linking.urlOf(module), format, ...extra, shortCircuit: true }
    if (!this.require) {
      if (!this.program.renamer && module.isRenamable && isRenamerAbove()) {
        this.program.renamer = true
        module.forgetUrl()
      }
      return { url: module.url, format, ...extra, shortCircuit: true }
    }
    const url = this.request && isModule(module) ? facadeOf(module) : module.id.replace(/[?#].*$/s, '')
    if (this.request) rememberRequest(this.request, module, tried, url)
    return { url, format: undefined, ...extra, shortCircuit: true }
  }

  fileOf(module: HotModule): TreeFile | undefined {
    return this.linking ? this.linking.fileOf(module) : module.file
  }

  find(): Resolved | ResolveFnOutput {
    if (this.context.parentURL === undefined && (!this.require || this.request?.isMain)) return this.findEntry()
    const target = this.require ? undefined : this.target()
    if (target && this.fileOf(target) && !this.isSomebodyBelow()) {
      const { importAttributes } = this.context
      return found(target, undefined, importAttributes as Record<string, string>)
    }
    let result: ResolveFnOutput
    try {
      result = this.require ? askNode(this.specifier, () => this.askNext()) : this.askNext()
    } catch (error) {
      const module = this.withoutNode(error)
      if (module) return found(module, undefined, undefined, this.require ? this.triedBefore(module) : [])
      const published = this.published(error)
      this.mark(published)
      throw published
    }
    const module = this.program.find(result.url)
    if (!module) return result
    if (!this.fileOf(module)) {
      // The disk is ahead of what is published, or Node remembers a file that has gone.
      const other = this.withoutNode()
      if (other) return found(other)
      this.note(module)
      const error = Object.assign(notFound(this.specifier, module, this.context.parentURL, this.require), this.named())
      this.mark(error)
      throw error
    }
    const attributes = result.importAttributes as Record<string, string> | undefined
    if (!this.require) return found(module, result.format, attributes)
    const tried = this.triedBefore(module)
    const better = tried.findIndex(other => this.fileOf(other))
    if (better >= 0) return found(tried[better]!, undefined, undefined, tried.slice(0, better)) // it is in memory only
    return found(module, result.format, attributes, tried)
  }

  askNext(): ResolveFnOutput {
    return this.nextResolve(this.specifier, { ...this.context, [seen]: this.program } as ResolveHookContext)
  }

  triedBefore(found: HotModule): HotModule[] {
    return triedBefore(this.program, this.specifier, this.context.parentURL, found)
  }

  /** Where there is no file, there is nothing for a link to lead to: `import.meta.resolve` answers what the specifier says. */
  named(): { url?: string } {
    if (this.require || !/^\.{0,2}\//.test(this.specifier)) return {}
    return { url: new URL(this.specifier, this.context.parentURL).href }
  }

  /** Memory may have a folder where the disk has nothing, and nothing where the disk has a folder. */
  published(error: unknown): unknown {
    const code = (error as { code?: string }).code
    const target = this.require ? undefined : this.target(true)
    if (!target || (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'ERR_UNSUPPORTED_DIR_IMPORT')) return error
    const published = notFound(this.specifier, target, this.context.parentURL, false) as Error & { code?: string }
    if (published.code === code || (code === 'ERR_UNSUPPORTED_DIR_IMPORT' && !isEmptied(target))) return error
    return published
  }

  mark(error: unknown): void {
    const importer = this.importer ?? this.linking?.get(this.context.parentURL ?? '')
    const file = importer && this.fileOf(importer)
    if (file) markImport(error, importer, file, this.specifier)
  }

  isSomebodyBelow(): boolean {
    return isSomebodyBelow('resolve', this.nextResolve, this.context)
  }

  /** Node resolves the program's entry point with no importer. In its first life it is loaded as if we were not here. */
  findEntry(): Resolved | ResolveFnOutput {
    const result = this.askNext()
    const module = this.program.find(result.url)
    if (!module?.file) return result
    if (module.generation === 0) this.program.setEntry(result.url)
    return found(module, result.format)
  }

  /** The module that a relative or absolute `import` specifier names; if asked for, also where only a link leads to it. */
  target(throughLinks = false): HotModule | undefined {
    const { specifier } = this
    if (!/^(?:\.{0,2}\/|file:)/.test(specifier)) return undefined
    if (/%2f|%5c/i.test(specifier)) return undefined // an error of its own in Node
    let url: string
    try {
      url = join(specifier, this.context.parentURL)
    } catch {
      return undefined // Node's to report
    }
    const module = this.program.find(url) ?? (throughLinks ? findThroughLinks(this.program, url) : undefined)
    if (!module) return undefined
    // Through a link, Node names the real file.
    const real = module.tree.urlOf(module.path)
    return module.id.startsWith(real) ? module : this.program.find(real + module.id.replace(/^[^?#]*/, ''))
  }

  /** What the published state says where Node, looking at the disk, says there is nothing. */
  withoutNode(error?: unknown): HotModule | undefined {
    const { program, specifier, context } = this
    const target = this.require ? undefined : this.target(true)
    const names = this.require ? requireNames(program, specifier, context.parentURL) : bareNames(program, specifier)
    const named = namedBy(program, specifier, error)
    for (const module of target ? [target] : named ? [named] : names) {
      this.note(module) // creating the missing file makes this importer stale
      if (this.fileOf(module)) return module
    }
    return undefined
  }
}

function found(
  module: HotModule,
  format?: string | null,
  importAttributes?: Record<string, string> | undefined,
  tried: readonly HotModule[] = [],
): Resolved {
  const { file } = module
  const usual = file ? usualFormat(module.tree, file, format) : format
  return { module, format: usual ?? undefined, importAttributes, tried, noted: -1 }
}

function hasAttributes(attributes: ImportAttributes | undefined): attributes is ImportAttributes {
  for (const _ in attributes) return true
  return false
}

/** Whether the disk has something below this path that is in memory no more. */
function isEmptied({ tree, path, id }: HotModule): boolean {
  return readdirSync(new URL(id)).some(name => !tree.excludes(`${path}/${name}`))
}

function isModule({ tree, file, uncompiled }: HotModule): boolean {
  return file !== undefined && !uncompiled && canRequireModules() && requiredFormatOf(tree, file) === 'module'
}
