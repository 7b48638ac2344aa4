/** What is told of an update beforehand, and when it is over. */
import diagnostics from 'node:diagnostics_channel'

const files = {
  '/entry.mjs': `import './routes.mjs'\nexport const v = 1`,
  '/routes.mjs': `import { v } from './db.mjs'\nimport.meta.hot.dispose(() => new Promise(resolve => setTimeout(resolve, 20)))\nexport const w = v`,
  '/db.mjs': 'export const v = 1',
  '/other.mjs': 'export const v = 1',
}

/** The next report of an update. */
const next = hot => new Promise(resolve => hot.on('update', resolve))

export const scenarios = {
  async 'plan() says what is stale, importers first and why, and changes nothing'({ assert, program }) {
    const { hot, load, tree, urlOf } = program(files)
    const entry = await load('/entry.mjs')
    await load('/other.mjs')
    const before = JSON.stringify(hot.graph)
    const changes = [{ path: '/db.mjs', kind: 'changed' }]
    const plan = hot.plan(changes)
    assert.deepEqual(plan, {
      changes,
      modules: [
        { id: urlOf('/entry.mjs'), chain: ['/db.mjs', '/routes.mjs', '/entry.mjs'].map(urlOf), loaded: true },
        { id: urlOf('/routes.mjs'), chain: ['/db.mjs', '/routes.mjs'].map(urlOf), loaded: true },
        { id: urlOf('/db.mjs'), chain: [urlOf('/db.mjs')], loaded: true },
      ],
      contributions: [],
      boundaries: [],
    })
    assert.deepEqual(structuredClone(plan), plan)
    assert.deepEqual(hot.plan(changes), plan)
    assert.equal(JSON.stringify(hot.graph), before)
    assert.equal(await load('/entry.mjs'), entry)
    assert.equal(tree.files.get('/db.mjs').text, 'export const v = 1')
  },

  async 'plan() knows files that modules read, boundaries, and files that nobody asked for'({ assert, program }) {
    const { hot, load, urlOf } = program({
      '/page.mjs': `import { readFileSync } from 'node:fs'\nexport const text = readFileSync(new URL('./page.html', import.meta.url), 'utf8')`,
      '/page.html': 'one',
      '/unused.txt': 'one',
      '/host.mjs': `import './part.mjs'\nimport.meta.hot.accept('./part.mjs')`,
      '/part.mjs': '',
    })
    await load('/page.mjs')
    await load('/host.mjs')
    const ids = path => hot.plan([{ path, kind: 'changed' }]).modules.map(({ id }) => id)
    assert.deepEqual(ids('/page.html'), [urlOf('/page.mjs'), urlOf('/page.html')])
    assert.deepEqual(ids('/unused.txt'), [])
    const { modules, boundaries } = hot.plan([{ path: '/part.mjs', kind: 'changed' }])
    assert.deepEqual(
      modules.map(({ id }) => id),
      [urlOf('/part.mjs')],
    )
    assert.deepEqual(boundaries, [{ importer: urlOf('/host.mjs'), dependency: urlOf('/part.mjs') }])
  },

  async "'update' tells the plan, what was disposed and what was re-evaluated, when all of it is over"({
    assert,
    program,
  }) {
    const { hot, load, tree, urlOf } = program({
      ...files,
      '/db.mjs': 'await new Promise(resolve => setTimeout(resolve, 30))\nexport const v = 1',
    })
    await load('/entry.mjs')
    const plan = hot.plan([{ path: '/db.mjs', kind: 'changed' }])
    tree.on('filesUpdated', () => load('/entry.mjs'))
    const reported = next(hot)
    const before = Date.now()
    await tree.write('/db.mjs', 'await new Promise(resolve => setTimeout(resolve, 30))\nexport const v = 2')
    const report = await reported
    assert.equal(report.result, 'live')
    assert.equal(report.error, undefined)
    assert.deepEqual(report.plan, plan)
    assert.deepEqual(report.contributions, [])
    assert.ok(report.time >= before && report.time <= Date.now())
    assert.deepEqual(
      report.disposals.map(({ id }) => id),
      [urlOf('/routes.mjs')],
    )
    const [{ start, duration }] = report.disposals
    assert.ok(start >= 0 && duration >= 19 && start + duration <= report.published, JSON.stringify(report))
    assert.deepEqual(report.evaluations.map(({ id }) => id).sort(), ['/db.mjs', '/entry.mjs', '/routes.mjs'].map(urlOf))
    for (const { id, version, start } of report.evaluations) {
      assert.equal(version, hot.graph.version(id))
      assert.ok(start >= report.published && start <= report.duration, JSON.stringify(report))
    }
    assert.ok(report.duration >= report.published + 29, 'the evaluation that waits belongs to the update')
    assert.equal((await load('/entry.mjs')).v, 1)
  },

  async 'an update that a check refuses is reported as held, with the error of its link check'({ assert, program }) {
    const { hot, load, tree } = program(files)
    await load('/entry.mjs')
    const remove = hot.check(update =>
      update.link().then(
        () => true,
        () => false,
      ),
    )
    const held = next(hot)
    void tree.write('/db.mjs', 'export const renamed = 2')
    const report = await held
    assert.equal(report.result, 'held')
    assert.match(String(report.error), /does not provide an export named 'v'/)
    assert.deepEqual([report.published, report.disposals, report.evaluations], [undefined, [], []])
    assert.equal((await load('/entry.mjs')).v, 1)
    remove()
    const live = next(hot)
    await tree.write('/db.mjs', 'export const v = 3')
    assert.equal((await live).result, 'live')
  },

  async 'an evaluation that throws is reported as failed, imported by a listener or through hot.evaluate()'({
    assert,
    program,
  }) {
    const { hot, load, tree, urlOf, errors } = program(files)
    await load('/entry.mjs')
    let evaluate = () => load('/entry.mjs')
    tree.on('filesUpdated', () => evaluate())
    const first = next(hot)
    await tree.write('/db.mjs', "export const v = 2\nthrow new Error('no database')")
    const report = await first
    assert.equal(report.result, 'failed')
    assert.equal(report.error.message, 'no database')
    assert.equal(errors[0], report.error)
    evaluate = () => hot.evaluate(() => load('/entry.mjs'))
    const second = next(hot)
    await tree.write('/db.mjs', "export const v = 2\nawait null\nthrow new Error('still no database')")
    assert.equal((await second).error.message, 'still no database')
    const third = next(hot)
    await tree.write('/db.mjs', 'export const v = 4')
    const mended = await third
    assert.equal(mended.result, 'live')
    assert.ok(mended.evaluations.some(({ id }) => id === urlOf('/db.mjs')))
  },

  async 'a listener of reports that throws harms nobody, and its remover ends it'({ assert, program }) {
    const { hot, load, tree, errors } = program(files)
    await load('/entry.mjs')
    const remove = hot.on('update', () => {
      throw new Error('listener')
    })
    const again = next(hot)
    await tree.write('/db.mjs', 'export const v = 2')
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    assert.deepEqual(
      errors.map(({ message }) => message),
      ['listener'],
    )
    remove()
    await tree.write('/db.mjs', 'export const v = 3')
    assert.equal((await again).result, 'live')
    assert.equal(errors.length, 1)
  },

  async 'the channels hot:plan, hot:dispose, hot:evaluate and hot:update carry the same'({ assert, program, until }) {
    const { hot, load, tree, urlOf } = program(files)
    await load('/entry.mjs')
    const seen = []
    for (const name of ['plan', 'dispose', 'evaluate', 'update']) {
      diagnostics.subscribe(`hot:${name}`, message => seen.push([name, message]))
    }
    tree.on('filesUpdated', () => load('/entry.mjs'))
    const plan = hot.plan([{ path: '/routes.mjs', kind: 'changed' }])
    await tree.write('/routes.mjs', 'export const w = 2')
    await until(() => seen.some(([name]) => name === 'update'))
    assert.deepEqual(
      seen.map(([name]) => name),
      ['plan', 'dispose', 'evaluate', 'evaluate', 'update'],
    )
    const report = seen.at(-1)[1]
    assert.deepEqual([seen[0][1], report.plan], [plan, plan])
    assert.deepEqual([seen[1][1]], report.disposals)
    assert.deepEqual([seen[2][1], seen[3][1]], report.evaluations)
    assert.deepEqual(report.evaluations.map(({ id }) => id).sort(), [urlOf('/entry.mjs'), urlOf('/routes.mjs')])
  },
}
