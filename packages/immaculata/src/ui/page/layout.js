// Finds a place for each module, in a worker: modules that import each other lie near each other, and so do those of one folder.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from 'd3-force'

addEventListener('message', ({ data: { nodes, edges } }) => {
  const folders = [...new Set(nodes.map(({ folder }) => folder))].sort()
  const radius = 60 * Math.sqrt(nodes.length)
  const centres = new Map(
    folders.map((folder, index) => {
      const angle = (index / folders.length) * 2 * Math.PI
      return [folder, folders.length === 1 ? [0, 0] : [radius * Math.cos(angle), radius * Math.sin(angle)]]
    }),
  )
  const bodies = nodes.map(({ id, folder }, index) => {
    const [x, y] = centres.get(folder)
    // Beside each other at the start, so that the same graph always looks the same.
    return { id, folder, x: x + 40 * Math.cos(index), y: y + 40 * Math.sin(index) }
  })
  const together = nodes.length > 600 ? 0.35 : 0.25
  forceSimulation(bodies)
    .force(
      'links',
      forceLink(edges.map(([source, target]) => ({ source, target })))
        .distance(90)
        .strength(0.05),
    )
    .force('apart', forceManyBody().strength(-260).theta(1.1).distanceMax(1200))
    .force('no overlap', forceCollide(38))
    .force('x', forceX(({ folder }) => centres.get(folder)[0]).strength(together))
    .force('y', forceY(({ folder }) => centres.get(folder)[1]).strength(together))
    .stop()
    .tick(nodes.length > 600 ? 120 : 250)
  postMessage(bodies.map(({ id, x, y }) => [id, Math.round(x), Math.round(y)]))
})
