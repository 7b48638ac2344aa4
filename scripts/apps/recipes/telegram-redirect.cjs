// Preloaded into a bot: what it asks of api.telegram.org goes to a stub on this machine.
const http = require('node:http')
const https = require('node:https')

const { request } = https
https.request = (url, options, done) => {
  const { hostname, pathname } = typeof url === 'string' || url instanceof URL ? new URL(url) : url
  if (!`${hostname ?? url.host}`.includes('telegram')) return request(url, options, done)
  const { method, headers } = typeof options === 'object' ? options : url
  return http.request(
    { host: '127.0.0.1', port: process.env.TELEGRAM_STUB, path: pathname ?? url.path, method, headers },
    typeof options === 'function' ? options : done,
  )
}
