/** The page that is shown while no version of the program can answer: for browsers, for programs, and for everybody else. */
export interface Page {
  readonly title: string
  readonly text: string
}

export interface Rendered {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Comes back to the same place as soon as something else answers: a form that was sent is not sent again. */
const script = `const retry = async () => {
  try {
    const { status } = await fetch(location.href, { method: 'HEAD', cache: 'no-store' })
    if (status !== 503) return location.reload()
  } catch {}
  setTimeout(retry, 500)
}
setTimeout(retry, 500)`

const style = `:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 8vh auto; max-width: 60rem; padding: 0 1.5rem }
h1 { font-size: 1.25rem; color: light-dark(#b00020, #ff8a80) }
pre { font: 14px/1.5 ui-monospace, monospace; padding: 1rem; border-radius: 6px; overflow: auto; background: light-dark(#f4f4f5, #222326) }
p { opacity: .7 }`

/** Loaded when such a page is needed: most programs never show one. */
const hashOf = (text: string) => {
  const { createHash } = process.getBuiltinModule('node:crypto')
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** Nothing but its own script and style: a text that was not escaped would still do nothing. */
const policy = () =>
  `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`

/** A page in the form that `accept` prefers: HTML for a browser, JSON for who asks for it, else text. */
export function render(page: Page, accept = ''): Rendered {
  const { title, text } = page
  const common = { 'cache-control': 'no-store', 'retry-after': '1', 'x-content-type-options': 'nosniff' }
  if (accept.includes('text/html')) {
    const headers = { ...common, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy() }
    return { headers, body: html(page) }
  }
  if (/\bapplication\/(?:[\w.-]+\+)?json\b/.test(accept)) {
    const headers = { ...common, 'content-type': 'application/json; charset=utf-8' }
    return { headers, body: `${JSON.stringify({ error: title, message: text })}\n` }
  }
  return { headers: { ...common, 'content-type': 'text/plain; charset=utf-8' }, body: `${title}\n\n${text}\n` }
}

function html({ title, text }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1><pre>${escapeHtml(text)}</pre>
<p>This page comes back by itself when a save has mended it.</p>
<script>${script}</script>
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
