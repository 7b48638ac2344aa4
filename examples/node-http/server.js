import { createServer } from 'node:http'
import { greet } from './greeting.js'
import { visits } from './visits.js'

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost')
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(`${greet(url.searchParams.get('name') ?? 'world')}\n${visits.count()} visits\n`)
})

server.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}`)
})
