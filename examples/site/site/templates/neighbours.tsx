/** The pages before and after this one. */
import type { Page } from '../pages.ts'

export function Neighbours({ page, pages }: { page: Page; pages: Page[] }) {
  const at = pages.indexOf(page)
  const [previous, next] = [pages[at - 1], pages[at + 1]]
  return (
    <nav class="neighbours" aria-label="Previous and next page">
      {previous && (
        <a rel="prev" href={previous.path}>
          ← {previous.title}
        </a>
      )}
      {next && (
        <a rel="next" href={next.path}>
          {next.title} →
        </a>
      )}
    </nav>
  )
}
