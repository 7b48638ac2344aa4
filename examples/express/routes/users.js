import { Router } from 'express'
import { store } from '../store.js'

export const users = Router()

users.get('/', (_request, response) => {
  response.json(store.all())
})

users.post('/', (request, response) => {
  store.add(request.body.name)
  response.status(201).json(store.all())
})
