import Koa from 'koa'
import { greeting } from './middleware/greeting.js'
import { timing } from './middleware/timing.js'

const app = new Koa()
app.use(timing)
app.use(greeting)

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}`)
})
