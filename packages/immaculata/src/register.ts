/** `node --import immaculata/register server.js`: the program runs hot. `preload.ts` does it, for `--require` as well. */
process.getBuiltinModule('node:module').createRequire(import.meta.url)('./preload.cjs')

export {}
