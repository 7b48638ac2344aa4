import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { Page } from './views/page.tsx'

const app = new Hono()
app.get('/', context => context.html(<Page title="Hono" />))

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}`)
})
