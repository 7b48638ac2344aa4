let visits = 0

export async function greeting(context) {
  context.body = `hello, visitor ${++visits}`
}
