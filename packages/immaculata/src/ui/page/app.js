// The live page: draws the graph, lights up what each save made stale, and shows what is known of a module.
import cytoscape from 'cytoscape'

const token = new URLSearchParams(location.search).get('token') ?? ''
const ask = (path, more = '') =>
  fetch(`${path}?token=${encodeURIComponent(token)}${more}`).then(answer => answer.json())
const $ = selector => document.querySelector(selector)
const dark = matchMedia('(prefers-color-scheme: dark)')
/** With more modules, folders begin collapsed. */
const many = 250

let state
/** The folders that are collapsed. */
let collapsed
let positions = new Map()
let selected
let shownSave

function colors() {
  return dark.matches
    ? {
        node: '#4c6ef5',
        read: '#868e96',
        text: '#ececf1',
        line: '#4a4d55',
        folder: '#24262b',
        border: '#3a3d44',
        stale: '#ff922b',
        selected: '#91b4ff',
      }
    : {
        node: '#4263eb',
        read: '#868e96',
        text: '#1b1b1f',
        line: '#b9bbc4',
        folder: '#f1f3f7',
        border: '#d0d3da',
        stale: '#e8590c',
        selected: '#2457c5',
      }
}

function styles() {
  const color = colors()
  return [
    {
      selector: 'node',
      style: {
        'background-color': color.node,
        label: 'data(label)',
        color: color.text,
        'font-size': 12,
        'text-valign': 'bottom',
        'text-margin-y': 4,
        width: 18,
        height: 18,
        'min-zoomed-font-size': 7,
      },
    },
    { selector: 'node.read', style: { 'background-color': color.read, shape: 'rectangle' } },
    { selector: 'node.entry', style: { shape: 'diamond', width: 26, height: 26 } },
    {
      selector: 'node.folder',
      style: {
        shape: 'round-rectangle',
        'background-color': color.folder,
        'background-opacity': 0.8,
        'border-width': 1,
        'border-color': color.border,
        'text-valign': 'top',
        'text-margin-y': -2,
        'font-weight': 600,
        'compound-sizing-wrt-labels': 'exclude',
        padding: 16,
      },
    },
    {
      selector: 'node.collapsed',
      style: {
        'background-color': color.node,
        'background-opacity': 0.35,
        width: 44,
        height: 44,
        'text-valign': 'bottom',
        'text-margin-y': 4,
      },
    },
    {
      selector: 'edge',
      style: {
        width: 1,
        'line-color': color.line,
        'target-arrow-color': color.line,
        'target-arrow-shape': 'triangle',
        'arrow-scale': 0.7,
        'curve-style': 'straight',
      },
    },
    {
      selector: '.stale',
      style: {
        'background-color': color.stale,
        'line-color': color.stale,
        'target-arrow-color': color.stale,
        'border-color': color.stale,
        'z-index': 5,
      },
    },
    { selector: 'edge.stale', style: { width: 2.5 } },
    { selector: '.changed', style: { 'border-width': 4, 'border-color': color.text } },
    { selector: '.chosen', style: { 'border-width': 4, 'border-color': color.selected } },
  ]
}

const view = cytoscape({
  container: $('#canvas'),
  style: styles(),
  minZoom: 0.05,
  maxZoom: 3,
  hideEdgesOnViewport: true,
  textureOnViewport: true,
})
dark.addEventListener('change', () => view.style(styles()))

const folderOf = path => (path.startsWith('/') ? path.slice(0, Math.max(1, path.lastIndexOf('/'))) : '(elsewhere)')
const nameOf = path => path.slice(path.lastIndexOf('/') + 1)
const shortOf = id => state.byId.get(id)?.path.replace(/^\//, '') ?? id

async function load() {
  const before = state
  state = await ask('state')
  state.byId = new Map(state.modules.map(module => [module.id, module]))
  $('#program').textContent =
    `${state.entry ? shortOf(state.entry) : state.root} · ${state.modules.filter(({ loaded }) => loaded).length} modules · Node ${state.node}`
  if (!collapsed)
    collapsed = new Set(state.modules.length > many ? state.modules.map(({ path }) => folderOf(path)) : [])
  const same =
    before &&
    before.modules.length === state.modules.length &&
    before.modules.every(({ id }, at) => state.modules[at].id === id)
  if (!same) await place()
  draw(!before)
  listSaves()
  showTrouble(state.error)
}

/** Asks the worker for places. */
function place() {
  return new Promise(resolve => {
    const worker = new Worker('layout.js')
    worker.onmessage = ({ data }) => {
      positions = new Map(data.map(([id, x, y]) => [id, { x, y }]))
      worker.terminate()
      resolve()
    }
    worker.postMessage({
      nodes: state.modules.map(({ id, path }) => ({ id, folder: folderOf(path) })),
      edges: state.modules.flatMap(({ dependencies }, at) => dependencies.map(to => [at, to])),
    })
  })
}

/** The element that stands for a module: its own, or that of its collapsed folder. */
const standIn = ({ id, path }) => (collapsed.has(folderOf(path)) ? `folder ${folderOf(path)}` : id)

function draw(fit) {
  const folders = new Map()
  for (const module of state.modules) {
    const folder = folderOf(module.path)
    if (!folders.has(folder)) folders.set(folder, [])
    folders.get(folder).push(module)
  }
  const elements = []
  for (const [folder, modules] of folders) {
    const isCollapsed = collapsed.has(folder)
    const label = `${folder === '/' ? nameOf(state.root) : folder.slice(1) || folder} (${modules.length})`
    const middle = axis => modules.reduce((sum, { id }) => sum + (positions.get(id)?.[axis] ?? 0), 0) / modules.length
    elements.push({
      data: { id: `folder ${folder}`, label, folder },
      classes: `folder${isCollapsed ? ' collapsed' : ''}`,
      ...(isCollapsed ? { position: { x: middle('x'), y: middle('y') } } : {}),
    })
    if (isCollapsed) continue
    for (const { id, path, loaded } of modules) {
      elements.push({
        data: { id, label: nameOf(path), parent: `folder ${folder}` },
        classes: `${loaded ? '' : 'read'}${id === state.entry ? ' entry' : ''}`,
        position: { ...positions.get(id) },
      })
    }
  }
  const edges = new Set()
  for (const module of state.modules) {
    for (const to of module.dependencies) {
      const [source, target] = [standIn(module), standIn(state.modules[to])]
      const key = `${source} → ${target}`
      if (source === target || edges.has(key)) continue
      edges.add(key)
      elements.push({ data: { id: key, source, target } })
    }
  }
  view.batch(() => {
    view.elements().remove()
    view.add(elements)
  })
  view.layout({ name: 'preset', fit: false }).run()
  if (fit) view.fit(undefined, 40)
  light(shownSave)
  choose(selected)
}

/** Lights up what a save made stale. */
function light(save) {
  shownSave = save
  view.elements().removeClass('stale changed')
  if (!save) return
  const changed = new Set(save.stale.flatMap(({ chain }) => chain[0] ?? []))
  const stale = new Set()
  view.batch(() => {
    for (const { id } of save.stale) {
      const module = state.byId.get(id)
      if (!module) continue
      const shown = standIn(module)
      stale.add(shown)
      view.getElementById(shown).addClass(changed.has(id) ? 'stale changed' : 'stale')
    }
    view.edges().forEach(edge => {
      if (stale.has(edge.source().id()) && stale.has(edge.target().id())) edge.addClass('stale')
    })
  })
}

function choose(id) {
  selected = id
  view.nodes().removeClass('chosen')
  const module = state.byId.get(id)
  if (module) view.getElementById(standIn(module)).addClass('chosen')
}

async function open(id) {
  const module = state.byId.get(id)
  if (!module) return
  if (collapsed.delete(folderOf(module.path))) draw(false)
  choose(id)
  const element = view.getElementById(id)
  view.animate({ center: { eles: element }, zoom: Math.max(view.zoom(), 0.8) }, { duration: 200 })
  const facts = await ask('module', `&id=${encodeURIComponent(id)}`)
  const list = $('#module div')
  $('#module h2').textContent = facts.path.replace(/^\//, '')
  const rows = [
    ['version', facts.version ? `${facts.version} (${new Date(facts.version).toLocaleTimeString()})` : 'none'],
    ['in memory', `${facts.inMemory} ${facts.inMemory === 1 ? 'version' : 'versions'}`],
    ['bytes', facts.bytes ?? '?'],
    [
      'has open',
      Object.entries(facts.open)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', ') || 'nothing',
    ],
    ['importers', links(facts.importers)],
    ['dependencies', links(facts.dependencies)],
    ['reads', facts.reads.map(path => path.replace(/^\//, '')).join(', ') || 'no file'],
    ['adds to', links(facts.contributesTo.map(({ receiver }) => receiver))],
    ['gets from', links(facts.contributedBy.flatMap(({ contributors }) => contributors))],
  ]
  const table = document.createElement('dl')
  for (const [term, value] of rows) {
    const [dt, dd] = [document.createElement('dt'), document.createElement('dd')]
    dt.textContent = term
    dd.append(...(Array.isArray(value) ? value : [String(value)]))
    table.append(dt, dd)
  }
  list.replaceChildren(table)
}

function links(ids) {
  if (ids.length === 0) return 'none'
  const shown = ids.slice(0, 30).map(id => button(shortOf(id), () => open(id)))
  return ids.length > 30 ? [...shown, `and ${ids.length - 30} more`] : shown
}

function button(text, click) {
  const element = document.createElement('button')
  element.textContent = text
  element.onclick = click
  return element
}

function listSaves() {
  const items = [...state.saves].reverse().map(save => {
    const item = document.createElement('li')
    item.dataset.result = save.result
    const what =
      save.changes.length === 0
        ? 'invalidated'
        : save.changes.map(({ path, kind }) => `${path.replace(/^\//, '')} ${kind}`).join(', ')
    const element = button(what, () => {
      light(shownSave === save ? undefined : save)
      listSaves()
    })
    element.setAttribute('aria-pressed', String(shownSave?.number === save.number))
    const small = document.createElement('small')
    small.textContent = `${new Date(save.time).toLocaleTimeString()} · ${save.result} · ${save.evaluated.length} re-evaluated · ${save.duration.toFixed(1)} ms`
    element.append(small)
    item.append(element)
    return item
  })
  $('#saves ol').replaceChildren(...items)
}

function showTrouble(error) {
  $('#trouble').hidden = !error
  if (!error) return
  $('#trouble h2').textContent = error.title
  $('#trouble pre').textContent = error.text
}

function say(kind, text) {
  $('#status').dataset.kind = kind
  $('#status').textContent = text
}

view.on('tap', 'node', ({ target }) => {
  const folder = target.data('folder')
  if (folder === undefined) return open(target.id())
  if (!collapsed.delete(folder)) collapsed.add(folder)
  draw(false)
})
// The names of collapsed folders are readable at every distance.
function nameFolders() {
  view
    .style()
    .selector('node.collapsed')
    .style({ 'font-size': Math.max(13, 11 / view.zoom()), 'min-zoomed-font-size': 0 })
    .update()
}
let naming
view.on('zoom', () => {
  clearTimeout(naming)
  naming = setTimeout(nameFolders, 100)
})
$('#fit').onclick = () => view.fit(undefined, 40)
$('#collapse').onclick = () => {
  collapsed = new Set(state.modules.map(({ path }) => folderOf(path)))
  draw(true)
}
$('#expand').onclick = () => {
  collapsed = new Set()
  draw(true)
}

const search = $('#search')
function find() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
  const found =
    words.length === 0
      ? []
      : state.modules.filter(({ path }) => words.every(word => path.toLowerCase().includes(word))).slice(0, 50)
  $('#found').hidden = found.length === 0
  $('#found').replaceChildren(
    ...found.map(({ id, path }) => {
      const item = document.createElement('li')
      item.append(
        button(path.replace(/^\//, ''), () => {
          $('#found').hidden = true
          open(id)
        }),
      )
      return item
    }),
  )
}
search.oninput = find
addEventListener('keydown', event => {
  const found = [...document.querySelectorAll('#found button')]
  const at = found.indexOf(document.activeElement)
  if (event.key === '/' && document.activeElement !== search) {
    event.preventDefault()
    search.focus()
  } else if (event.key === 'Escape') {
    $('#found').hidden = true
    search.blur()
  } else if (event.key === 'Enter' && document.activeElement === search) found[0]?.click()
  else if (event.key === 'ArrowDown' && (at >= 0 || document.activeElement === search)) {
    event.preventDefault()
    found[Math.min(at + 1, found.length - 1)]?.focus()
  } else if (event.key === 'ArrowUp' && at >= 0) {
    event.preventDefault()
    ;(found[at - 1] ?? search).focus()
  }
})

function follow() {
  const events = new EventSource(`events?token=${encodeURIComponent(token)}`)
  events.onopen = async () => {
    await load()
    say('live', 'live')
  }
  events.onerror = () => say('gone', 'the program does not answer')
  events.addEventListener('save', async ({ data }) => {
    const save = JSON.parse(data)
    await load()
    const words = { live: 'live', held: 'held: the old version runs', failed: 'failed' }
    say(save.result, words[save.result])
    light(state.saves.find(({ number }) => number === save.number))
    listSaves()
    if (selected) open(selected)
  })
  events.addEventListener('trouble', ({ data }) => {
    const error = JSON.parse(data)
    showTrouble(error)
    if (!error) say('live', 'live')
  })
}
follow()
