import { Hono } from 'hono'
import { store } from '../store.js'

export const users = new Hono()

users.get('/', context => context.json(store.all()))

users.post('/', async context => {
  const { name } = await context.req.json()
  store.add(name)
  return context.json(store.all(), 201)
})
