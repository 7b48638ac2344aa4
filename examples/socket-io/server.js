import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { answer } from './answer.js'

const server = createServer((_request, response) => response.end(answer('anybody')))
const io = new Server(server)
io.on('connection', socket => {
  socket.on('greet', (name, reply) => reply(answer(name)))
})
server.listen(process.env.PORT ?? 3000, () => console.log(`http://localhost:${server.address().port}`))
