import express from 'express'
import { page } from './page.js'
import { users } from './routes/users.js'

const app = express()

app.use(express.json())
app.use('/users', users)
app.get('/', (_request, response) => {
  response.send(page('Express'))
})

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}`)
})
