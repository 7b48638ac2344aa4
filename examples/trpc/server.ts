import { createHTTPServer } from '@trpc/server/adapters/standalone'
import { router } from './router.ts'

const server = createHTTPServer({ router })
server.listen(Number(process.env.PORT ?? 3000))
server.on('listening', () => console.log('http://localhost', server.address()))
