/** Vite's module runner on its SSR environment; with its own hot updates switched on. */
export const name = 'Vite module runner'
export const needs = 'vite'

export async function open({ dir, peer }) {
  const { createServer, createServerModuleRunner } = await peer('vite')
  const server = await createServer({
    root: dir,
    configFile: false,
    logLevel: 'silent',
    appType: 'custom',
    server: { middlewareMode: true, ws: false },
    optimizeDeps: { noDiscovery: true, include: [] },
  })
  const runner = createServerModuleRunner(server.environments.ssr, { hmr: { logger: false } })
  return {
    load: () => runner.import('/entry.js'),
    changed: fn => server.watcher.on('all', fn),
  }
}
