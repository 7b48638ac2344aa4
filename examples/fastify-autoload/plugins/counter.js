import plugin from 'fastify-plugin'

export default plugin(async app => {
  let count = 0
  app.decorate('count', () => ++count)
})
