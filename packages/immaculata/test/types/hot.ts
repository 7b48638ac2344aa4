/// <reference path="../../hot.d.ts" />
// Checked by the compiler, never run: `import.meta.hot` is typed by one reference.

if (import.meta.hot) {
  const { hot } = import.meta
  const database: { close(): void } = hot.keep(
    'database',
    () => ({ close() {} }),
    value => value.close(),
  )
  hot.dispose(data => {
    data.database = database
  })
  hot.accept('./dependency.js', module => module?.default)
  hot.accept(['./a.js', './b.js'], ([a, b]) => [a?.default, b?.default])
  const signal: AbortSignal = hot.signal
  // @ts-expect-error: nothing of Vite's, and nothing of ours
  hot.reload(signal)
}

// @ts-expect-error: it is undefined when the hooks are off
import.meta.hot.accept()
