import { readFileSync } from 'node:fs'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { resolvers } from './resolvers.js'

const typeDefs = readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8')
const server = new ApolloServer({ typeDefs, resolvers })
const { url } = await startStandaloneServer(server, { listen: { port: Number(process.env.PORT ?? 3000) } })
console.log(url)
