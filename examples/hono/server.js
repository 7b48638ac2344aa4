import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { page } from './page.js'
import { users } from './routes/users.js'

const app = new Hono()

app.route('/users', users)
app.get('/', context => context.html(page('Hono')))

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}`)
})
