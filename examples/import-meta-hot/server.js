import { createServer } from 'node:http'
import { render } from './render.js'

/** The page that is shown. A new version of render.js replaces it, and this file is not re-evaluated. */
let current = render

const server = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(current())
})

server.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}`)
})

if (import.meta.hot) {
  import.meta.hot.accept('./render.js', module => {
    if (module) current = module.render
  })
  import.meta.hot.dispose(() => {
    server.close()
  })
}
