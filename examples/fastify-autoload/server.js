import { join } from 'node:path'
import autoload from '@fastify/autoload'
import fastify from 'fastify'

const app = fastify()
app.register(autoload, { dir: join(import.meta.dirname, 'plugins') })
app.register(autoload, { dir: join(import.meta.dirname, 'routes') })

console.log(await app.listen({ port: Number(process.env.PORT ?? 3000) }))
