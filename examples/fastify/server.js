import Fastify from 'fastify'
import { page } from './page.js'
import { users } from './routes/users.js'

const app = Fastify()

app.register(users, { prefix: '/users' })
app.get('/', async (_request, reply) => {
  reply.type('text/html')
  return page('Fastify')
})

console.log(await app.listen({ port: Number(process.env.PORT ?? 3000) }))
