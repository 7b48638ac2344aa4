import { store } from '../store.js'

export async function users(app) {
  app.get('/', async () => store.all())

  app.post('/', async (request, reply) => {
    store.add(request.body.name)
    reply.code(201)
    return store.all()
  })
}
