/** Runs the first example of a README. */
import { readFileSync } from 'node:fs'

/**
 * Runs it with `api` in place of the package that it imports. Returns what it prints, and what its comments say that it prints:
 * each comment with a line of its own is one line.
 */
export async function runExample(readme: URL, api: object): Promise<{ printed: string[]; expected: string[] }> {
  const example = /```js\n([\s\S]*?)```/.exec(readFileSync(readme, 'utf8'))![1]!
  const expected = [...example.matchAll(/^\/\/ (.*)$/gm)].map(match => match[1]!)
  const printed: string[] = []
  const log = (...words: unknown[]) => printed.push(words.join(' '))
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor
  const body = example.replace(/^import (\{.*\}) from '@hot\/\w+'$/m, 'const $1 = api')
  await AsyncFunction('api', 'console', body)(api, { log })
  return { printed, expected }
}
