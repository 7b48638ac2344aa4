import { initTRPC } from '@trpc/server'
import { greet } from './greet.ts'

const t = initTRPC.create()

export const router = t.router({
  greet: t.procedure.query(() => greet('world')),
})
