/** The Markdown files as pages. They are read from the tree, not imported: saving one makes no module stale. */
import type { TreeFile } from 'immaculata'
import { tree } from '../tree.js'
import { type Markdown, render } from './markdown.ts'

export interface Page extends Markdown {
  /** Where the site shows it: `/packages/`, `/guides/a-server/`. */
  path: string
  /** The folder that it lies in: `guides`. Empty for `pages` itself. */
  group: string
}

/**
 * The rendered pages. A saved file is another `TreeFile`, so only its page is rendered again. When the renderer itself changes,
 * this module is re-evaluated as well, with an empty cache: nobody has to clear it.
 */
const rendered = new WeakMap<TreeFile, Page>()

/** All pages: those right in `pages` first, then folder by folder, in the order of their file names. */
export function pages(): Page[] {
  const all = tree.glob('pages/**/*.md').map(path => pageOf(tree.files.get(path)!))
  return [...all.filter(({ group }) => group === ''), ...all.filter(({ group }) => group !== '')]
}

/** What the search looks through. */
export function searchIndex(): string {
  return JSON.stringify(pages().map(({ path, title, text }) => ({ path, title, text })))
}

function pageOf(file: TreeFile): Page {
  let page = rendered.get(file)
  if (!page) {
    // `/pages/2-the-packages.md` is shown at `/the-packages/`, and `/pages/0-index.md` at `/`.
    const name = file.path
      .slice('/pages/'.length)
      .replace(/(^|\/)\d+-/, '$1')
      .replace(/\.md$/, '')
    const group = name.includes('/') ? name.slice(0, name.indexOf('/')) : ''
    page = { path: name === 'index' ? '/' : `/${name}/`, group, ...render(file.text) }
    rendered.set(file, page)
  }
  return page
}
