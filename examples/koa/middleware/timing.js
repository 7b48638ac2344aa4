export async function timing(context, next) {
  const begun = performance.now()
  await next()
  context.set('x-time', `${Math.round(performance.now() - begun)} ms`)
}
