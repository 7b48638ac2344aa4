/**
 * The way of a module into Node: a specifier comes in at `resolve`, and the published bytes go out at `load`. The invariant: what
 * Node is given is the published state, whole, and each import leaves an edge in the graph.
 *
 * This file: the resolve hook, from a specifier to a module at its current version.
 */
import { existsSync } from 'node:fs'
import type { ResolveFnOutput, ResolveHookContext } from 'node:module'
import type { TreeFile } from '@hot/tree'
import { usualFormat } from '../modules/format.ts'
import type { HotModule, LinkCheck, Resolved } from '../modules/module.ts'
import { markImport } from '../modules/places.ts'
import type { Program } from '../modules/program.ts'
import { versionIn } from '../modules/version-url.ts'
import { isReplacedByProgram } from '../node/facades.ts'
import { canIterate } from '../node/iteration.ts'
import { isRequire } from '../node/node-versions.ts'
import { hasHookBelow, isTsxAbove } from '../node/other-hooks.ts'
import { ownImporter } from '../node/own-import.ts'
import { triedBefore } from './candidates.ts'
import { nameThroughLink } from './links.ts'
import {
  errorOfPublishedState,
  findInMemory,
  isNotFound,
  type Lookup,
  missingFile,
  targetOf,
} from './published-state.ts'
import { askNode, isSuperseded, rememberRequest, takeRequest } from './require.ts'
import { facadeOf } from './require-esm.ts'
import { hasAttributes, isAddon, isRequiredAsModule, resolved } from './resolved.ts'

export type NextResolve = (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput

/** Set in the context on its way down, so that the hooks of a second tree of the same program step aside. */
const handledBy = Symbol('handled by native hot modules')

export function resolveHook(program: Program) {
  return function resolve(specifier: string, context: ResolveHookContext, nextResolve: NextResolve): ResolveFnOutput {
    const { parentURL } = context
    if (!canIterate()) return nextResolve(specifier, context)
    if (parentURL !== undefined) {
      // The path that is walked for every import of every re-evaluated module, and for each `import()` of a request.
      const importer = program.current.get(parentURL)
      const known = (importer ? importer.resolutions : program.resolvedFromOutside.get(parentURL))?.get(specifier)
      if (known !== undefined && !isRequire(context.conditions) && !hasAttributes(context.importAttributes)) {
        const dependent = importer ?? (parentURL === ownImporter ? undefined : program.entry)
        if (dependent && known.recordedFor !== dependent.generation) {
          known.recordedFor = dependent.generation
          if (importer) program.addEdge(importer, known.module, false)
          else program.addEdgeOfPackage(known.module)
        }
        if (known.module.isForeign && known.module.file) program.evaluationBegan(known.module)
        return { url: known.module.url, format: known.format, shortCircuit: true }
      }
    }
    if (program.trees.length === 0 || (context as { [handledBy]?: Program })[handledBy] === program) {
      return nextResolve(specifier, context)
    }
    return new Resolution(program, specifier, context, nextResolve).answer()
  }
}

/** One specifier of one importer, on its way to a module. */
class Resolution implements Lookup {
  readonly program: Program
  readonly specifier: string
  readonly parentURL: string | undefined
  readonly require: boolean
  readonly #context: ResolveHookContext
  readonly #request: ReturnType<typeof takeRequest>
  readonly #nextResolve: NextResolve
  readonly #importer: HotModule | undefined
  /** Set while this is part of a link check, which looks at the staged state and leaves no trace. */
  readonly #linkCheck: LinkCheck | undefined
  /** A superseded version that imports late gets the current state, and leaves no edges. */
  readonly #superseded: boolean

  constructor(program: Program, specifier: string, context: ResolveHookContext, nextResolve: NextResolve) {
    this.program = program
    this.specifier = specifier
    this.#context = context
    this.#nextResolve = nextResolve
    this.require = isRequire(context.conditions)
    this.#request = this.require ? takeRequest(specifier) : undefined
    const { parentURL } = context
    this.parentURL = parentURL
    this.#linkCheck = program.linkCheck?.covers(parentURL) ? program.linkCheck : undefined
    this.#importer = parentURL === undefined || this.#linkCheck ? undefined : program.findOrCreate(parentURL)
    const version = parentURL === undefined ? undefined : versionIn(parentURL)
    this.#superseded =
      this.#importer !== undefined &&
      ((version !== undefined && version !== this.#importer.version) || isSuperseded(this.#request?.parent))
  }

  answer(): ResolveFnOutput {
    const made = this.#ofLinkCheck()
    if (made) return made
    const resolutions = this.#resolutions()
    const key = this.#key()
    let found: Resolved | ResolveFnOutput | undefined = resolutions?.get(key)
    if (!found) {
      found = this.#find()
      if ('url' in found) return found
      if (this.#isLasting(found)) resolutions?.set(key, found)
      if (!this.require && !this.#linkCheck) found.module.resolvedAs = { format: found.format }
    }
    this.addEdge(found.module)
    for (const module of found.tried) this.addEdge(module)
    found.recordedFor = (this.#importer ?? this.program.entry)?.generation ?? 0
    return this.#reply(found)
  }

  /** A query that the specifier does not have is another hook's, and may be another one each time. */
  #isLasting({ module }: Resolved): boolean {
    return this.require || !/[?#]/.test(module.id) || /[?#]/.test(this.specifier)
  }

  /** What a link check has made up by itself. */
  #ofLinkCheck(): ResolveFnOutput | undefined {
    const { specifier, program } = this
    if (specifier.startsWith('hot:') && program.linkCheck?.source(specifier) !== undefined) {
      return { url: specifier, format: 'module', shortCircuit: true }
    }
    const module = this.#linkCheck?.get(specifier)
    if (!module) return undefined
    const file = this.fileOf(module)
    return { url: specifier, format: file && usualFormat(module.tree, file, undefined), shortCircuit: true }
  }

  /** A plain `import` is remembered by its specifier alone. */
  #key(): string {
    if (this.require) return `require\0${this.specifier}`
    const { importAttributes } = this.#context
    return hasAttributes(importAttributes) ? `${importAttributes.type}\0${this.specifier}` : this.specifier
  }

  /** What the importer has resolved before. */
  #resolutions(): Map<string, Resolved> | undefined {
    if (this.#superseded || this.#linkCheck || this.parentURL === undefined) return undefined
    if (this.#importer) {
      this.#importer.resolutions ??= new Map()
      return this.#importer.resolutions
    }
    let resolutions = this.program.resolvedFromOutside.get(this.parentURL)
    if (!resolutions) {
      resolutions = new Map()
      this.program.resolvedFromOutside.set(this.parentURL, resolutions)
    }
    return resolutions
  }

  addEdge(module: HotModule): void {
    if (this.#superseded || this.#linkCheck) return
    if (this.#importer) this.program.addEdge(this.#importer, module, this.require)
    else if (this.parentURL === ownImporter) return
    else if (this.program.entry && this.program.entry !== module) this.program.addEdgeOfPackage(module)
    else module.importedFromOutside = true
  }

  #reply({ module, format, importAttributes, tried }: Resolved): ResolveFnOutput {
    const extra = importAttributes ? { importAttributes } : {}
    if (this.#linkCheck) return this.#replyForLink(this.#linkCheck, module, format, extra)
    if (!this.require) {
      if (!this.program.tsxRenamesQueries && module.isRenamable && isTsxAbove()) {
        this.program.tsxRenamesQueries = true
        module.forgetUrl()
      }
      // A hook that compiles it may answer without asking us for its source.
      if (module.isForeign && module.file) this.program.evaluationBegan(module)
      return { url: module.url, format, ...extra, shortCircuit: true }
    }
    // Node itself imports a main module that turns out to be an ES module, by its file's name.
    const isFacadeWanted = this.#request !== undefined && !this.#request.isMain && isRequiredAsModule(module)
    const hasFacade = isFacadeWanted && !isReplacedByProgram(module.filename)
    const url = hasFacade ? facadeOf(module) : module.fileUrl
    if (this.#request) rememberRequest(this.#request, module, tried, url)
    return { url, format: undefined, ...extra, shortCircuit: true }
  }

  #replyForLink(check: LinkCheck, module: HotModule, format: string | undefined, extra: object): ResolveFnOutput {
    const url = check.urlOf(module)
    const isStandIn = check.get(url) === module && check.isStandIn(module, this.specifier)
    return { url, format: isStandIn ? 'module' : format, ...extra, shortCircuit: true }
  }

  fileOf(module: HotModule): TreeFile | undefined {
    return this.#linkCheck ? this.#linkCheck.fileOf(module) : module.file
  }

  #find(): Resolved | ResolveFnOutput {
    const found = this.#findFile()
    if ('url' in found) return found
    const linked = nameThroughLink(this)
    if (!linked) return found
    // Node remembers where a link led when it first looked.
    const real = this.program.findOrCreate(linked.tree.urlOf(linked.path) + linked.id.replace(/^[^?#]*/, ''))
    return { ...found, module: real?.file ? real : found.module, tried: [...found.tried, linked] }
  }

  #findFile(): Resolved | ResolveFnOutput {
    if (this.#isEntry()) return this.#findEntry()
    const known = this.#ofOwnImport()
    if (known) return known
    const target = this.require ? undefined : targetOf(this)
    if (target && this.fileOf(target) && !hasHookBelow('resolve', this.#nextResolve, this.#context)) {
      return resolved(target, undefined, this.#context.importAttributes as Record<string, string>)
    }
    let result: ResolveFnOutput
    try {
      result = this.require ? askNode(this.specifier, () => this.#askNext()) : this.#askNext()
    } catch (error) {
      const { url } = (error ?? {}) as { url?: string }
      if (url?.startsWith('file:') && isNotFound(error)) this.program.findOrInclude(url)
      // Somebody else's refusal stands, with a code of its own.
      const module = isNotFound(error) ? findInMemory(this, error) : undefined
      if (module) return resolved(module, undefined, undefined, this.require ? this.#triedBefore(module) : [])
      throw this.#placed(errorOfPublishedState(this, error))
    }
    const module = this.#moduleAt(result.url)
    if (!module) return result
    if (!this.fileOf(module)) {
      if (this.#isMadeUp(module)) {
        module.virtual = true
        return result
      }
      // The disk is ahead of what is published, or Node remembers a file that has gone.
      const other = findInMemory(this)
      if (other) return resolved(other)
      this.addEdge(module)
      throw this.#placed(missingFile(this, module))
    }
    const attributes = result.importAttributes as Record<string, string> | undefined
    if (!this.require) return resolved(module, result.format, attributes)
    const tried = this.#triedBefore(module)
    const better = tried.findIndex(other => this.fileOf(other))
    if (better >= 0) return resolved(tried[better]!, undefined, undefined, tried.slice(0, better)) // it is in memory only
    return resolved(module, result.format, attributes, tried)
  }

  /** Imports of our own name a module by its id: other hooks have answered for it before, and may answer otherwise to us. */
  #ofOwnImport(): Resolved | undefined {
    const module = this.parentURL === ownImporter && !this.require ? this.program.byId(this.specifier) : undefined
    if (!module?.resolvedAs || !this.fileOf(module)) return undefined
    return resolved(module, module.resolvedAs.format, this.#context.importAttributes as Record<string, string>)
  }

  /** An addon is loaded once for each process: there is no use in having its bytes in memory. */
  #moduleAt(url: string): HotModule | undefined {
    if (isAddon(url)) return undefined
    this.program.asked(url, this.#linkCheck ? undefined : (this.#importer?.id ?? this.parentURL ?? ''))
    // What a package loads for itself is no part of the program, unless it is in the tree anyway.
    const isForItself = !this.#importer && !this.#linkCheck && /\/node_modules\//.test(this.parentURL ?? '')
    return isForItself ? this.program.findOrCreate(url) : this.program.findOrInclude(url)
  }

  #askNext(): ResolveFnOutput {
    return this.#nextResolve(this.specifier, { ...this.#context, [handledBy]: this.program } as ResolveHookContext)
  }

  #triedBefore(module: HotModule): HotModule[] {
    return triedBefore(this.program, this.specifier, this.parentURL, module)
  }

  /** An error that says where in the importer the specifier stands. */
  #placed(error: unknown): unknown {
    const importer = this.#importer ?? this.#linkCheck?.get(this.parentURL ?? '')
    const file = importer && this.fileOf(importer)
    if (file) markImport(error, importer, file, this.specifier)
    return error
  }

  /** Node resolves the entry point with no importer, before anything else that has none: code that is compiled with `node:vm`. */
  #isEntry(): boolean {
    if (this.parentURL !== undefined) return false
    return this.require ? this.#request?.isMain === true : !this.program.isEntryResolved
  }

  /** Whether another hook answers for a file that is nowhere. Node itself does so only for one that it has seen. */
  #isMadeUp(module: HotModule): boolean {
    if (module.virtual) return true
    if (this.#linkCheck || module.evaluations > 0 || existsSync(module.filename)) return false
    return hasHookBelow('resolve', this.#nextResolve, this.#context)
  }

  /** In its first evaluation the entry point is loaded as if we were not here. */
  #findEntry(): Resolved | ResolveFnOutput {
    const result = this.#askNext()
    this.program.isEntryResolved = true
    const module = this.program.findOrCreate(result.url)
    if (!module?.file) return result
    if (module.generation === 0) this.program.setEntry(result.url)
    return resolved(module, result.format)
  }
}
