import express from 'express'
import { users } from './routes/users.ts'

const app = express()
app.use('/users', users)

const server = app.listen(process.env.PORT ?? 3000, () => {
  const address = server.address()
  if (typeof address === 'object') console.log(`http://localhost:${address?.port}`)
})
