/** Edits of a clone, as a developer makes them: each comes in as data, and goes out as saves on the disk. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Edit, Recipe } from './recipe.ts'

export interface Step {
  readonly name: string
  /** Is the program broken after it? Then a fresh process has no answer, and the next step mends it. */
  readonly breaks?: boolean
  run(): Promise<void> | void
}

/** How long after a broken save the mended one follows, in ms. */
const untilMended = 400

/** How long after one quick save the next follows, in ms. */
const quickly = 25

const source = /\.(?:[cm]?[jt]sx?)$/

/** The edits of a recipe, and those that every application gets. */
export function stepsOf(clone: string, recipe: Recipe): Step[] {
  const [first] = recipe.edits.filter(edit => Array.isArray(edit)) as (readonly [string, string, string])[]
  const [file, text, replacement] = first!
  const steps: Step[] = recipe.edits.map(edit => ({ name: describe(edit), run: () => apply(clone, edit) }))
  steps.push(
    {
      name: `break and mend ${file}`,
      async run() {
        const sound = read(clone, file)
        save(clone, file, `${sound}\n}}}((`)
        await pause(untilMended)
        save(clone, file, sound.replace(replacement, text))
      },
    },
    {
      name: `two quick saves of ${file}`,
      async run() {
        save(clone, file, `${read(clone, file)}\n`)
        await pause(quickly)
        save(clone, file, read(clone, file).replace(text, replacement))
      },
    },
    { name: 'formatter', run: () => format(clone, recipe.sources) },
    { name: 'git stash', run: () => git(clone, 'stash', '--include-untracked', '--quiet') },
    {
      name: 'git stash pop',
      run() {
        reset(clone) // what the application has written itself is in the way
        git(clone, 'stash', 'pop', '--quiet')
      },
    },
  )
  if (recipe.older) {
    steps.push(
      {
        name: `git checkout ${recipe.older}`,
        run() {
          reset(clone)
          git(clone, 'checkout', '--quiet', recipe.older!)
        },
      },
      { name: 'git checkout back', run: () => git(clone, 'checkout', '--quiet', recipe.commit) },
    )
  } else steps.push({ name: 'git checkout .', run: () => reset(clone) })
  return steps
}

/** Saves a file so many times, one right after the other, with one answer and the other in turn. */
export async function saveQuickly(clone: string, { edits }: Recipe, times: number): Promise<void> {
  const [file, text, replacement] = edits.find(edit => Array.isArray(edit)) as readonly [string, string, string]
  const sound = read(clone, file)
  for (let at = 1; at <= times; at++) {
    save(clone, file, at % 2 === 1 ? sound.replace(text, replacement) : sound)
    await pause(quickly * 4)
  }
}

/** Puts a clone back to the recipe's commit. */
export function prepare(clone: string, { commit }: Recipe): void {
  reset(clone)
  git(clone, 'checkout', '--quiet', commit)
}

function reset(clone: string): void {
  git(clone, 'checkout', '--quiet', '--', '.')
  git(clone, 'clean', '-fdq')
}

function apply(clone: string, edit: Edit): void {
  if (isReplacement(edit)) {
    const [file, text, replacement] = edit
    const before = read(clone, file)
    if (!before.includes(text)) throw new Error(`${file} has no ${JSON.stringify(text)}`)
    save(
      clone,
      file,
      before.replace(text, () => replacement),
    )
    return
  }
  if ('add' in edit) save(clone, edit.add, edit.text)
  else if ('remove' in edit) rmSync(join(clone, edit.remove))
  else renameSync(join(clone, edit.rename), join(clone, edit.to))
  for (const more of edit.and ?? []) apply(clone, more)
}

function describe(edit: Edit): string {
  if (isReplacement(edit)) return edit[0]
  if ('add' in edit) return `add ${edit.add}`
  return 'remove' in edit ? `remove ${edit.remove}` : `rename ${edit.rename}`
}

function isReplacement(edit: Edit): edit is readonly [string, string, string] {
  return Array.isArray(edit)
}

/** Changes every source a little, at once. */
function format(clone: string, folders: readonly string[]): void {
  for (const folder of folders) {
    for (const entry of readdirSync(join(clone, folder), { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name)
      if (entry.isFile() && source.test(file) && !file.includes('node_modules'))
        writeFileSync(file, `${readFileSync(file, 'utf8')}\n`)
    }
  }
}

/** As most editors save: a temporary file takes the place of the old one. */
function save(clone: string, file: string, text: string): void {
  const target = join(clone, file)
  mkdirSync(dirname(target), { recursive: true })
  const temporary = `${target}.tmp`
  writeFileSync(temporary, text, existsSync(target) ? { mode: 0o755 } : {})
  renameSync(temporary, target)
}

function read(clone: string, file: string): string {
  return readFileSync(join(clone, file), 'utf8')
}

function git(clone: string, ...args: string[]): void {
  execFileSync('git', ['-c', 'advice.detachedHead=false', ...args], {
    cwd: clone,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
