/** Node's tests that pass plain and fail preloaded, by name, with the reason: one that any tool of this kind would have. */
const names: Readonly<Record<string, readonly string[]>> = {
  'names with `?ver=`: import.meta.resolve() answers the URL of the present version': [
    'es-module/test-esm-import-meta-resolve.mjs',
  ],
}

export const known: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(names).flatMap(([reason, tests]) => tests.map(test => [test, reason])),
)
