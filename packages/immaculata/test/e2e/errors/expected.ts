/**
 * What is said of each mistake, as it was read and found good: a text for all versions of Node, or one for each. With UPDATE_ERRORS=1 the test
 * writes the files anew; what has changed in them is to be read again.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import type { When } from './life.ts'

/** By the program's and the mistake's name, and by the major version of Node. */
export type Sayings = Map<string, Map<string, string>>

const all = 'all'
const fileOf = (when: When) => new URL(`./expected-${when}.txt`, import.meta.url)

export function readExpected(when: When): Sayings {
  const sayings: Sayings = new Map()
  const [, ...sections] = readFileSync(fileOf(when), 'utf8').split(/^=== (.*)\n/m)
  for (let at = 0; at < sections.length; at += 2) {
    const [, ...parts] = sections[at + 1]!.split(/^--- Node (.*)\n/m)
    const texts = new Map<string, string>()
    for (let part = 0; part < parts.length; part += 2) {
      for (const major of parts[part]!.split(', ')) texts.set(major, parts[part + 1]!.replace(/\n$/, ''))
    }
    sayings.set(sections[at]!, texts)
  }
  return sayings
}

/** The text for a version of Node. */
export function expectedOf(sayings: Sayings, name: string, major: string): string | undefined {
  const texts = sayings.get(name)
  return texts?.get(all) ?? texts?.get(major)
}

export function writeExpected(when: When, sayings: Sayings): void {
  let text = ''
  for (const [name, texts] of sayings) {
    text += `=== ${name}\n`
    const majors = new Map<string, string[]>()
    for (const [major, said] of texts) majors.set(said, [...(majors.get(said) ?? []), major])
    for (const [said, of] of majors) text += `--- Node ${majors.size === 1 ? all : of.join(', ')}\n${said}\n`
  }
  writeFileSync(fileOf(when), text)
}
