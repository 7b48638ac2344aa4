/** Has a page's Content-Security-Policy allow the added script, and the events that it listens to. It allows nothing else. */

export interface Allowance {
  /** The policy that the page goes out with. */
  readonly policy: string
  /** The nonce of the script's element. */
  readonly nonce: string | undefined
  /** Only scripts in the page itself are allowed, so the script's text must be there. */
  readonly inline: boolean
}

interface Directive {
  readonly name: string
  readonly values: string[]
}

export function allowScript(policy: string, makeNonce: () => string = newNonce): Allowance {
  // A header may hold several policies, and each of them must allow it.
  let nonce: string | undefined
  let inline = false
  const policies = policy.split(',').map(text => {
    const directives = parse(text)
    const script = find(directives, 'script-src-elem', 'script-src', 'default-src')
    if (script) {
      const known = script.values.flatMap(value => /^'nonce-(.+)'$/i.exec(value)?.[1] ?? [])
      const isStrict = script.values.some(value => /^'strict-dynamic'$/i.test(value))
      const isExclusive = isStrict || script.values.some(value => /^'(?:nonce|sha\d+)-/i.test(value))
      if (known.length > 0) nonce ??= known[0]
      else if (!isStrict && script.values.some(allowsOwn)) {
        // The script's file is allowed.
      } else if (!isExclusive && script.values.some(value => /^'unsafe-inline'$/i.test(value))) inline = true
      else {
        nonce ??= makeNonce()
        extend(directives, script, script.name === 'default-src' ? 'script-src' : script.name, `'nonce-${nonce}'`)
      }
    }
    const connect = find(directives, 'connect-src', 'default-src')
    if (connect && !connect.values.some(allowsOwn)) extend(directives, connect, 'connect-src', "'self'")
    return directives.map(({ name, values }) => [name, ...values].join(' ')).join('; ')
  })
  return { policy: policies.join(', '), nonce, inline }
}

const newNonce = () => process.getBuiltinModule('node:crypto').randomBytes(12).toString('base64')

const allowsOwn = (value: string) => value === '*' || /^(?:'self'|https?:)$/i.test(value)

function parse(policy: string): Directive[] {
  return policy
    .split(';')
    .map(part => part.trim().split(/\s+/))
    .flatMap(([name, ...values]) => (name ? [{ name: name.toLowerCase(), values }] : []))
}

function find(directives: readonly Directive[], ...names: readonly string[]): Directive | undefined {
  for (const name of names) {
    const directive = directives.find(each => each.name === name)
    if (directive) return directive
  }
  return undefined
}

/** Adds a source to a directive. If that only stands in for another one, it is the other one that gets it. */
function extend(directives: Directive[], from: Directive, name: string, source: string): void {
  const values = [...from.values.filter(value => value.toLowerCase() !== "'none'"), source]
  if (from.name === name) from.values.splice(0, from.values.length, ...values)
  else directives.push({ name, values })
}
