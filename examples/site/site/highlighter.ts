/** The Shiki highlighter. It takes some 100 ms and a few MB, so there is only one. It is disposed when this module is replaced. */
import { createHighlighter } from 'shiki'
import { tree } from '../tree.js'
import { themes } from './helpers/themes.ts'

const highlighter = await createHighlighter({
  themes: Object.values(themes),
  langs: ['js', 'ts', 'tsx', 'json', 'sh'],
})

// biome-ignore format: on one line it reads as the sentence that it is
tree.onModuleInvalidated(import.meta.url, () => { highlighter.dispose() })

/** HTML that carries the colours of both themes; the browser picks one by the reader's preference. */
export function highlight(code: string, language: string): string {
  const lang = highlighter.getLoadedLanguages().includes(language) ? language : 'text'
  // By default Shiki gives up on a line after 500 ms. On a busy machine the first line takes longer, and would lose its colours.
  return highlighter.codeToHtml(code, { lang, themes, defaultColor: 'light-dark()', tokenizeTimeLimit: 0 })
}
