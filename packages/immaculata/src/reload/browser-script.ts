/** The script that runs in the browser. It needs no build, no module and no permission but to connect to its own server. */

/** Where the script and its events are, on each of the program's own ports. */
export const places = { script: '/@immaculata/reload.js', events: '/@immaculata/events' }

export const browserScript = `(() => {
  const key = Symbol.for('immaculata.reload')
  if (globalThis[key]) return
  globalThis[key] = true
  const script = document.currentScript
  // What the page was made with. Without it (a script in a template) the first message tells.
  let id = Number(script?.dataset.id ?? new URL(script?.src || location.href, location.href).searchParams.get('id')) || 0
  if (script && !script.hasAttribute('data-keep')) script.remove()

  const places = 'immaculata:scroll'
  const elements = () => [...document.querySelectorAll('*')]
  function reload() {
    try {
      const inner = elements().flatMap((element, index) =>
        element !== document.scrollingElement && (element.scrollTop || element.scrollLeft) ? [[index, element.scrollLeft, element.scrollTop]] : [])
      sessionStorage.setItem(places, JSON.stringify({ href: location.href, x: scrollX, y: scrollY, inner: inner.slice(0, 50) }))
    } catch {}
    location.reload()
  }
  function scroll() {
    try {
      const { href, x, y, inner } = JSON.parse(sessionStorage.getItem(places) ?? '{}')
      sessionStorage.removeItem(places)
      if (href !== location.href) return
      scrollTo({ left: x, top: y, behavior: 'instant' })
      const all = elements()
      for (const [index, left, top] of inner) all[index]?.scrollTo({ left, top, behavior: 'instant' })
    } catch {}
  }
  if (document.readyState === 'complete') scroll()
  else addEventListener('load', scroll)

  let overlay
  function hide() {
    overlay?.remove()
    overlay = undefined
  }
  function show({ title, text }) {
    hide()
    overlay = document.createElement('immaculata-overlay')
    const root = overlay.attachShadow({ mode: 'open' })
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(\`
      :host { all: initial; position: fixed; inset: 0; z-index: 2147483647; overflow: auto; background: rgb(0 0 0 / .6); color-scheme: light dark }
      section { box-sizing: border-box; max-width: 60rem; margin: 6vh auto; padding: 1.25rem 1.5rem; border-radius: 8px; border-top: 6px solid #c62828;
        font: 16px/1.5 system-ui, sans-serif; background: light-dark(#fff, #1e1f22); color: light-dark(#1b1b1f, #ececf1); width: calc(100% - 2rem) }
      header { display: flex; gap: 1rem; align-items: start; justify-content: space-between }
      h1 { margin: 0; font-size: 1.1rem; color: light-dark(#b00020, #ff8a80) }
      button { font: inherit; color: inherit; background: none; border: 1px solid currentColor; border-radius: 6px; padding: 0 .6rem; cursor: pointer }
      pre { font: 14px/1.5 ui-monospace, monospace; white-space: pre; overflow: auto; padding: 1rem; border-radius: 6px; background: light-dark(#f4f4f5, #2b2c30) }
      p { margin: 0; opacity: .75 }\`)
    root.adoptedStyleSheets = [sheet]
    const make = (name, text, parent) => {
      const element = document.createElement(name)
      if (text) element.textContent = text
      parent.append(element)
      return element
    }
    const section = make('section', '', root)
    section.setAttribute('role', 'alertdialog')
    section.setAttribute('aria-label', title)
    const header = make('header', '', section)
    make('h1', title, header)
    make('button', 'Esc', header).onclick = hide
    make('pre', text, section)
    make('p', 'This goes away when a save has mended it.', section)
    document.documentElement.append(overlay)
  }
  addEventListener('keydown', event => {
    if (event.key === 'Escape') hide()
  })

  /** Loads style sheets anew. Says whether the page has each of them. */
  function exchange(paths) {
    const links = [...document.querySelectorAll('link[rel~=stylesheet][href]')].filter(({ href }) => new URL(href).origin === location.origin)
    const nameOf = path => path.slice(path.lastIndexOf('/') + 1)
    const found = paths.map(path => links.filter(({ href }) => nameOf(new URL(href).pathname) === nameOf(path)))
    if (found.some(links => links.length === 0)) return false
    for (const link of new Set(found.flat())) {
      const next = link.cloneNode()
      const url = new URL(link.href)
      url.searchParams.set('t', String(Date.now()))
      next.href = url.href
      // The old one stays until then, so that nothing is shown without its style.
      next.onload = next.onerror = () => link.remove()
      link.after(next)
    }
    return true
  }

  let events
  function listen() {
    events = new EventSource('${places.events}')
    events.onmessage = ({ data }) => {
      const message = JSON.parse(data)
      if (message.kind === 'broken') return show(message)
      hide()
      const known = id
      id = message.id
      if (known === 0 || known === id) return
      if (!message.styles || !exchange(message.styles)) reload()
    }
    // If the server does not answer, the browser tries again. If it answers with an error, a failed version refuses all requests.
    events.onerror = async () => {
      if (events.readyState !== 2) return
      setTimeout(() => document.hidden || listen(), 500)
      try {
        const answer = await fetch('${places.events}', { headers: { accept: 'application/json' } })
        if (answer.status !== 503) return answer.body?.cancel()
        const { error, message } = await answer.json()
        if (!overlay) show({ title: error, text: message })
      } catch {}
    }
  }
  // A browser has few connections to one server: pages that nobody sees need none.
  const follow = () => {
    events?.close()
    if (!document.hidden) listen()
  }
  document.addEventListener('visibilitychange', follow)
  addEventListener('pagehide', () => events?.close())
  addEventListener('pageshow', event => event.persisted && follow())
  follow()
})()`
