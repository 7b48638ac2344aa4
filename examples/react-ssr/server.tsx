import { createServer } from 'node:http'
import { renderToPipeableStream } from 'react-dom/server'
import { App } from './app.tsx'

const server = createServer((_request, response) => {
  const { pipe } = renderToPipeableStream(<App />, {
    onShellReady() {
      response.setHeader('content-type', 'text/html')
      pipe(response)
    },
  })
}).listen(process.env.PORT ?? 3000, () => {
  const address = server.address()
  if (typeof address === 'object') console.log(`http://localhost:${address?.port}`)
})
