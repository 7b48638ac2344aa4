/** From Markdown to HTML: markdown-it, with code coloured by Shiki and an anchor at every heading. */
import MarkdownIt from 'markdown-it'
import { slug } from './helpers/slug.ts'
import { highlight } from './highlighter.ts'

export interface Heading {
  /** 1 for `#`, 2 for `##`, and so on. */
  level: number
  text: string
  /** What a link to it has after the `#`. */
  id: string
}

export interface Markdown {
  /** The first heading. */
  title: string
  headings: Heading[]
  html: string
  /** All words of it, for the search. */
  text: string
}

const markdown = new MarkdownIt({ typographer: true, highlight })

// A block of code may name its file: ```js server.js
const { fence } = markdown.renderer.rules
markdown.renderer.rules.fence = (tokens, index, ...rest) => {
  const code = fence!(tokens, index, ...rest)
  const [, file] = tokens[index]!.info.trim().split(/\s+/)
  return `<figure class="code">${file ? `<figcaption>${markdown.utils.escapeHtml(file)}</figcaption>` : ''}${code}</figure>`
}

/** Remarks for tests: what the programs of a page do. */
const remark = /<!--.*?-->\n?/gs

export function render(source: string): Markdown {
  const tokens = markdown.parse(source.replace(remark, ''), {})
  const headings: Heading[] = []
  tokens.forEach((token, index) => {
    if (token.type !== 'heading_open') return
    const heading = (tokens[index + 1]?.children ?? []).map(part => part.content).join('')
    const id = slug(heading)
    token.attrSet('id', id)
    headings.push({ level: Number(token.tag.slice(1)), text: heading, id })
  })
  const html = markdown.renderer.render(tokens, markdown.options, {})
  const text = tokens
    .flatMap(token => [token, ...(token.children ?? [])])
    .filter(({ type }) => type === 'text' || type === 'code_inline' || type === 'fence')
    .map(({ content }) => content)
    .join(' ')
  return { title: headings[0]?.text ?? 'Untitled', headings, html, text }
}
