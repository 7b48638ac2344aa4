// Preloaded into the applications: answers on a socket of its own how much of what is open, after a full collection.
const { unlinkSync } = require('node:fs')
const { createServer } = require('node:net')
const v8 = require('node:v8')
const vm = require('node:vm')

const path = `${process.env.APPS_PROBE}`
const isProgram = require('node:worker_threads').isMainThread && !process.argv[1]?.endsWith('immaculata.js')
if (process.env.APPS_PROBE && isProgram && !process.execArgv.some(flag => flag.endsWith('trial.cjs'))) {
  delete process.env.APPS_PROBE
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc')
  try {
    unlinkSync(path)
  } catch {}
  const server = createServer(socket => {
    collect()
    collect()
    const counts = {}
    for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
    const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
    const { rss, heapUsed } = process.memoryUsage()
    socket.end(JSON.stringify({ counts, listeners, rss, heapUsed }))
  })
  server.on('error', () => {})
  server.listen(path).unref()
}
