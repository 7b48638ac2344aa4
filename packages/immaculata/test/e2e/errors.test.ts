/** Errors in the words in which they are shown: each is read once, by eye, in errors/expected-save.txt and expected-start.txt. */
import { afterAll, describe, expect, it } from 'vitest'
import { expectedOf, readExpected, type Sayings, writeExpected } from './errors/expected.ts'
import { makeMistakes, type When } from './errors/life.ts'
import { programs } from './errors/mistakes.ts'
import { nodes } from './running.ts'

/** Node's own words differ from version to version: they are written down for the newest of each line. */
const newest = nodes.filter(({ name }) => !/ v(?:22\.15|24\.0)\./.test(name))
const update = process.env.UPDATE_ERRORS !== undefined

describe.each(['save', 'start'] satisfies When[])('At a %s', when => {
  const expected = update ? new Map() : readExpected(when)
  const seen: Sayings = new Map()
  afterAll(() => {
    if (update) writeExpected(when, seen)
  })

  describe.each(newest)('on $name', ({ name, node }) => {
    const major = /v(\d+)/.exec(name)![1]!

    it.each(programs)(
      'says of every mistake in $name where it is, what it is, and what helps',
      async program => {
        const said = await makeMistakes(program, when, node)
        const wanted: Record<string, string | undefined> = {}
        for (const [mistake, text] of said) {
          const title = `${program.name}: ${mistake}`
          seen.set(title, (seen.get(title) ?? new Map()).set(major, text))
          wanted[mistake] = update ? text : expectedOf(expected, title, major)
        }
        expect(Object.fromEntries(said)).toEqual(wanted)
      },
      120_000,
    )
  })
})
