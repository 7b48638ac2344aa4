/** The Markdown files as pages. They are read from the tree, not imported: saving one makes no module stale. */
import type { TreeFile } from 'immaculata'
import { tree } from '../tree.js'
import { type Markdown, render } from './markdown.ts'

export interface Page extends Markdown {
  /** Where the site shows it: `/packages/`. */
  path: string
}

/**
 * The rendered pages. A saved file is another `TreeFile`, so only its page is rendered again. When the renderer itself changes,
 * this module is re-evaluated as well, with an empty cache: nobody has to clear it.
 */
const rendered = new WeakMap<TreeFile, Page>()

/** All pages, in the order of their file names. */
export function pages(): Page[] {
  return tree.glob('pages/*.md').map(path => pageOf(tree.files.get(path)!))
}

function pageOf(file: TreeFile): Page {
  let page = rendered.get(file)
  if (!page) {
    // `/pages/2-the-packages.md` is shown at `/the-packages/`, and `/pages/0-index.md` at `/`.
    const name = file.path.replace(/^\/pages\/(?:\d+-)?/, '').replace(/\.md$/, '')
    page = { path: name === 'index' ? '/' : `/${name}/`, ...render(file.text) }
    rendered.set(file, page)
  }
  return page
}
