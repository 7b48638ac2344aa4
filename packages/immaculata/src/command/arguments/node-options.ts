/** What Node itself takes in front of an entry point. */
import { spawnSync } from 'node:child_process'

/** Options of Node that take their value from the next argument (Node 22 to 26). Node itself has no list of them. */
export const withValue: ReadonlySet<string> = new Set(
  [
    '-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists --input-type',
    '--title --icu-data-dir --openssl-config --tls-cipher-list --tls-keylog --redirect-warnings --diagnostic-dir',
    '--report-dir --report-directory --report-filename --report-signal --inspect-port --debug-port --disable-warning',
    '--unhandled-rejections --dns-result-order --max-http-header-size --localstorage-file --heapsnapshot-signal',
    '--heapsnapshot-near-heap-limit --cpu-prof-dir --cpu-prof-name --cpu-prof-interval --heap-prof-dir --heap-prof-name',
    '--heap-prof-interval --network-family-autoselection-attempt-timeout --secure-heap --secure-heap-min --trace-event-categories',
    '--trace-event-file-pattern --trace-require-module --experimental-config-file --allow-fs-read --allow-fs-write --icu-data-dir',
    '--disable-proto --use-largepages --experimental-sea-config --stack-trace-limit --max-old-space-size --v8-pool-size',
  ].flatMap(line => line.split(' ')),
)

/** Does Node know an option? Those of V8 are in no list, so Node itself is asked about what is in none. */
export function isKnown(option: string, name: string): boolean {
  if (process.allowedNodeEnvironmentFlags.has(name) || withValue.has(name)) return true
  return spawnSync(process.execPath, [option, '--version'], { stdio: 'ignore' }).status !== 9
}
