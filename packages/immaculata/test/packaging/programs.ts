/** The programs in READMEs, and how each is shown to do what its README says. */
import type { Running } from './running.ts'

export interface Program {
  /** What lies around it: the reader's own files. */
  files: Record<string, string>
  /** Follows it while it runs. A program without this one ends by itself, and with code 0. */
  follow?(running: Running): Promise<void>
  /** What it prints, unless the README shows that in a `text` block of its own. */
  prints?: string
}

/** By the name after `<!-- run:`, which stands above the code block. */
export const programs: Record<string, Program> = {
  owner: {
    files: { 'src/myModule.js': `import './deep.js'\nconsole.log('one')`, 'src/deep.js': '' },
    async follow(running) {
      await running.printed('one\n')
      running.save('src/myModule.js', `import './deep.js'\nconsole.log('two')`)
      await running.printed('one\ntwo\n')
      running.save('src/deep.js', `console.log('deep')`)
      await running.printed('one\ntwo\ndeep\ntwo\n')
      running.save('src/myModule.js', `console.log('three'`)
      await running.complained('SyntaxError')
      running.save('src/myModule.js', `console.log('three')`)
      await running.printed('one\ntwo\ndeep\ntwo\nthree\n')
    },
  },
  hooks: {
    files: { 'src/greeting.js': 'export default "good morning"' },
    prints: 'good morning → good evening · true\n',
  },
  contributions: {
    files: {
      'src/app.js': `import { words } from './words.js'\nimport './kept.js'\nimport './word.js'\nconsole.log(words.join())`,
      'src/words.js': 'export const words = []',
      'src/kept.js': `console.log('evaluated once')`,
      'src/word.js': `import { words } from './words.js'\nwords.push('one')`,
    },
    async follow(running) {
      const add = (word: string, more = '') =>
        running.save('src/word.js', `import { words } from './words.js'\nwords.push('${word}')\n${more}`)
      await running.printed('evaluated once\none\n')
      add('two')
      // From the second time on it is known that words.js is to be re-evaluated.
      await running.printed('evaluated once\none\none,two\ntwo\n')
      add('three', 'const { parse } = JSON\nJSON.parse = text => parse(text)')
      await running.printed('evaluated once\none\none,two\ntwo\nthree\n')
      add('four')
      await running.printed(
        'evaluated once\none\none,two\ntwo\nthree\nfour\nPlease restart: word.js was re-evaluated, and JSON.parse still leads to its old version\n',
      )
    },
  },
  'disk-free': {
    files: { 'src/other.js': '' },
    prints: 'stopped 1000, stopped 500\n',
  },
  library: {
    files: {
      'src/greeting.js': `import { word } from './word.js'\nconsole.log(word)\nexport const greet = () => word`,
      'src/word.js': `export const word = 'hello'`,
    },
    async follow(running) {
      await running.printed('hello\n')
      running.save('src/word.js', `export const word = 'good evening'`)
      await running.printed('hello\ngood evening\n')
    },
  },
}
