/** Which requests come from this machine itself, and may be shown sources. */
import type { IncomingHttpHeaders } from 'node:http'

/**
 * What proxies and tunnels add, each in its own words. One of them on this machine brings requests from elsewhere: whoever has
 * come through any of them is a stranger.
 */
const fromProxy = new RegExp(
  `^(?:${[
    'forwarded',
    'via',
    'x-forwarded(?:-.+)?',
    'x-original-.+',
    'x-real-ip',
    '(?:x-)?(?:true-)?client-ip',
    'x-cluster-client-ip',
    'x-proxyuser-ip',
    'x-envoy-.+',
    'x-amz-cf-.+',
    'x-amzn-.+',
    'x-azure-.+',
    'x-arr-.+',
    'x-appengine-.+',
    'x-vercel-.+',
    'x-nf-.+',
    'x-tunnel-.+',
    'x-ms-.*tunnel.*',
    'ngrok-.+',
    'tailscale-.+',
    'cf-.+',
    'cdn-.+',
    'fastly-.+',
    'fly-.+',
    'akamai-.+',
  ].join('|')})$`,
)

/**
 * Whether a request comes from this machine: by its address, without any proxy, and for a name of this machine. A page elsewhere can
 * have its own name lead here (DNS rebinding), but not these. A Unix socket has no address, and does not count.
 */
export function isFromHere(address: string | undefined, headers: IncomingHttpHeaders): boolean {
  if (!isLoopback(address?.replace(/^::ffff:/, ''))) return false
  for (const name in headers) if (fromProxy.test(name)) return false
  const host = headers[':authority' as 'host'] ?? headers.host
  if (host === undefined) return false
  const name = host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase()
  return name === 'localhost' || name.endsWith('.localhost') || isLoopback(name)
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^127(?:\.\d{1,3}){3}$/.test(address))
}
