import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import schema from '../schema.json' with { type: 'json' }
import { packageOptions, withPackageOptions } from '../src/command/arguments/package-options.ts'
import { parse, type Request } from '../src/command/arguments/parse.ts'
import type { Run } from '../src/command/shared/options.ts'

const before = process.cwd()
let folder = ''
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'arguments-')))
  process.chdir(folder)
  mkdirSync('src')
  writeFileSync('server.js', '')
})
afterEach(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true, force: true })
})

const run = (line: string): Run => {
  const request = parse(line.split(' '))
  if (request.kind !== 'run') throw new Error(`it is not run: ${JSON.stringify(request)}`)
  return request
}
const wrong = (line: string): string => {
  const request: Request = parse(line.split(' '))
  if (request.kind !== 'wrong') throw new Error(`nothing is wrong: ${JSON.stringify(request)}`)
  return request.message
}

describe('Options', () => {
  it('of our own come before the entry, those of Node are passed on, and the rest is the program’s', () => {
    const { options, nodeFlags, entry, args, notes } = run(
      '--explain --ignore a --ignore=b --poll=50 --import tsx --inspect=0 --no-auto server.js --quiet',
    )
    expect(options).toEqual({ explain: true, ignore: ['a', 'b'], poll: 50, auto: false })
    expect(nodeFlags).toEqual(['--import', 'tsx', '--inspect=0'])
    expect([entry, args, notes]).toEqual(['server.js', ['--quiet'], []])
  })

  it.each([
    ['--explan server.js', 'there is no option --explan: did you mean --explain?'],
    ['--verbsoe server.js', 'there is no option --verbsoe: did you mean --verbose?'],
    ['--no-warning server.js', 'there is no option --no-warning: did you mean --no-warnings?'],
    ['--imprt tsx server.js', 'there is no option --imprt: did you mean --import?'],
    [
      '--nothing-like-it server.js',
      'there is no option --nothing-like-it, neither here nor in Node: immaculata --help lists them',
    ],
    ['--explain=yes server.js', '--explain takes no value'],
    ['--poll soon server.js', '--poll takes a number of milliseconds, such as --poll 500'],
    ['--root nope server.js', '--root nope: there is no such folder'],
    ['--ignore', '--ignore takes a pattern, such as --ignore dist'],
    ['status --wiat', 'status has no option --wiat: did you mean --wait?'],
    ['-e 1', '-e runs no file, so nothing could be saved: use node -e'],
    ['-p 1', '-p runs no file, so nothing could be saved: use node -p'],
    ['--test', '--test runs test files, each in a process that ends: use node --test --watch'],
    ['--run dev', '--run runs a script of package.json: put immaculata into that script, in place of node'],
    [
      '--exec make server.js',
      '--exec is not for here: immaculata runs the file itself; a compiler is used by itself, or named with --import',
    ],
    ['-q server.js', 'there is no option -q: did you mean --quiet?'],
  ])('%s is answered by one sentence', (line, message) => {
    expect(wrong(line)).toBe(message)
  })

  it('that V8 knows are passed on, though no list has them', () => {
    expect(run('--trace-deopt server.js').nodeFlags).toEqual(['--trace-deopt'])
  })

  it.each([
    ['--watch server.js', [], '--watch is ignored: saves are live without it'],
    [
      '--watch src server.js',
      ['src/**'],
      '--watch src: what the program imports is followed anyhow; other files there restart it',
    ],
    [
      '--watch-path=src server.js',
      ['src/**'],
      '--watch-path src: what the program imports is followed anyhow; other files there restart it',
    ],
    [
      '-w **/*.sql server.js',
      ['**/*.sql'],
      '-w **/*.sql: what the program imports is followed anyhow; other files there restart it',
    ],
    [
      '--ext js,html,yaml server.js',
      ['**/*.html', '**/*.yaml'],
      '--ext js,html,yaml: other files that end so restart the program',
    ],
    ['-e js,ts server.js', [], '-e js,ts is ignored: modules are followed without it'],
    ['--delay 2 server.js', [], '--delay is ignored: a save is live as soon as it is complete'],
    ['--exec tsx server.js', [], '--exec is not needed: an installed compiler is used by itself'],
    ['watch server.js', [], '"watch" is not needed: saves are live without it'],
    ['--legacy-watch server.js', [], '--legacy-watch: the files are looked at every 500 ms, as with --poll 500'],
  ])('of other tools work, or do no harm: %s', (line, include, note) => {
    const { entry, options, notes } = run(line)
    expect(entry).toBe('server.js')
    expect(notes).toEqual([note])
    expect(options.include ?? []).toEqual(include)
  })

  it('a file of the name of a word is the entry point', () => {
    writeFileSync('watch.js', '')
    expect(run('watch server.js').entry).toBe('watch')
  })
})

describe('Options in package.json', () => {
  const given = (immaculata: unknown, line = 'server.js') => {
    writeFileSync('package.json', JSON.stringify({ immaculata }))
    return withPackageOptions(run(line))
  }

  it('hold for every start, and arguments come on top of them', () => {
    const options = {
      root: 'src',
      ignore: 'dist',
      include: ['a', 'b'],
      poll: 100,
      explain: true,
      auto: false,
      json: false,
    }
    expect(given(options, '--poll 20 --ignore tmp server.js')).toMatchObject({
      options: {
        root: join(folder, 'src'),
        ignore: ['dist', 'tmp'],
        include: ['a', 'b'],
        poll: 20,
        explain: true,
        auto: false,
      },
    })
  })

  it.each([
    [{ ignroe: [] }, 'there is no option "ignroe": did you mean "ignore"?'],
    [{ port: 1 }, 'there is no option "port"'],
    [{ explain: 'yes' }, '"explain" takes true or false'],
    [{ ignore: [1] }, '"ignore" takes a pattern, or a list of patterns'],
    [{ poll: 0 }, '"poll" takes a number of milliseconds'],
    [{ json: '' }, '"json" takes true, false or the name of a file'],
  ])('are checked: %j', (options, message) => {
    const request = given(options)
    expect(request).toEqual({ kind: 'wrong', message: `${join(folder, 'package.json')}: "immaculata": ${message}` })
  })

  it('a package.json that is broken, or has none, is left to Node', () => {
    writeFileSync('package.json', '{ "immaculata": {')
    expect(withPackageOptions(run('server.js'))).toMatchObject({ kind: 'run', options: {} })
  })

  it('are those of the schema', () => {
    const { $schema: _, ...properties } = schema.properties
    expect(Object.keys(properties).sort()).toEqual(Object.keys(packageOptions).sort())
  })
})
