import { Router } from 'express'
import { list, type User } from '../store.ts'

export const users = Router()

const show = (user: User): string => `user ${user.name}`

users.get('/', (_request, response) => {
  response.send(list().map(show).join(', '))
})
