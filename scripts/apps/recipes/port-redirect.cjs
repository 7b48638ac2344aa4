// Preloaded into applications that always listen on port 3000: two processes of one run at the same time.
const { Server } = require('node:net')

const { listen } = Server.prototype
Server.prototype.listen = function (...args) {
  if (args[0] === 3000) args[0] = Number(process.env.PORT)
  else if (args[0]?.port === 3000) args[0] = { ...args[0], port: Number(process.env.PORT) }
  return listen.apply(this, args)
}
