/** The headings of a page, at the other side, if it has several. */
import type { Heading } from '../markdown.ts'

export function Headings({ headings }: { headings: Heading[] }) {
  const parts = headings.filter(({ level }) => level === 2)
  if (parts.length < 2) return null
  return (
    <nav class="headings" aria-label="On this page">
      <ul>
        {parts.map(({ id, text }) => (
          <li>
            <a href={`#${id}`}>{text}</a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
