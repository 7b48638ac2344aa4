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
}

const markdown = new MarkdownIt({ typographer: true, highlight })

export function render(text: string): Markdown {
  const tokens = markdown.parse(text, {})
  const headings: Heading[] = []
  tokens.forEach((token, index) => {
    if (token.type !== 'heading_open') return
    const heading = (tokens[index + 1]?.children ?? []).map(part => part.content).join('')
    const id = slug(heading)
    token.attrSet('id', id)
    headings.push({ level: Number(token.tag.slice(1)), text: heading, id })
  })
  const html = markdown.renderer.render(tokens, markdown.options, {})
  return { title: headings[0]?.text ?? 'Untitled', headings, html }
}
