/**
 * Compilers of `require` (ts-node, @swc-node/register, esbuild-register, @babel/register, tsx) take an extension in
 * `Module._extensions`, read the file, and hand what they made of it to `module._compile`. With a module whose `_compile` does
 * nothing, they compile a staged text, and nothing of it is run.
 */
import { dirname, extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type CompilableModule, Module } from './internals.ts'
import { readingFrom } from './read-from-memory.ts'

let staged: { readonly url: string; readonly content: Buffer } | undefined

/** The staged text behind a file's URL, while a compiler is asked for it through Node's loader. */
export function stagedForCompiler(url: string): string | undefined {
  return staged?.url === url ? staged.content.toString() : undefined
}

/** Throws what the compiler of this extension says of a content. */
export function compileForRequire(filename: string, content: Buffer): void {
  const compile = Module._extensions[extname(filename)]
  if (!compile) return
  const module = new Module(filename) as CompilableModule
  module.filename = filename
  module.paths = Module._nodeModulePaths(dirname(filename))
  module._compile = () => undefined
  staged = { url: pathToFileURL(filename).href, content }
  try {
    readingFrom(filename, content, () => compile(module, filename))
  } finally {
    staged = undefined
  }
}
