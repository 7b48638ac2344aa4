export const resolvers = {
  Query: { greeting: () => 'hello from Apollo' },
}
