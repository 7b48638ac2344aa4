/** A Vite server in middleware mode, asked for the entry point as a server-rendering program does on each request. */
export const name = 'Vite ssrLoadModule'
export const needs = 'vite'

export async function open({ dir, peer }) {
  const { createServer } = await peer('vite')
  const server = await createServer({
    root: dir,
    configFile: false,
    logLevel: 'silent',
    appType: 'custom',
    server: { middlewareMode: true, ws: false },
    optimizeDeps: { noDiscovery: true, include: [] },
  })
  return {
    load: () => server.ssrLoadModule('/entry.js'),
    changed: fn => server.watcher.on('all', fn),
  }
}
