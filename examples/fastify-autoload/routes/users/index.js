export default async app => {
  app.get('/', async () => ['Ada', 'Grace'])
}
