export default async app => {
  app.get('/', async () => `hello number ${app.count()}`)
}
