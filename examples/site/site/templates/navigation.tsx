/** The list of all pages, at the side. */
import type { Page } from '../pages.ts'

export function Navigation({ pages, current }: { pages: Page[]; current: Page }) {
  return (
    <nav class="pages">
      <a class="name" href="/">
        immaculata
      </a>
      <ul>
        {pages.map(page => (
          <li>
            <a href={page.path} aria-current={page === current ? 'page' : undefined}>
              {page.title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
