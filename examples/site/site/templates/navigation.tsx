/** The list of all pages, at the side, with a search. */
import type { Page } from '../pages.ts'

export function Navigation({ pages, current }: { pages: Page[]; current: Page }) {
  return (
    <nav class="pages">
      <a class="name" href="/">
        immaculata
      </a>
      <search>
        <input id="search" type="search" placeholder="Search" aria-label="Search" autocomplete="off" />
        <ul id="found" hidden />
      </search>
      <details open>
        <summary>All pages</summary>
        {groupsOf(pages).map(group => (
          <>
            {group && <h2>{group === 'api' ? 'API' : group[0]!.toUpperCase() + group.slice(1)}</h2>}
            <ul>
              {pages
                .filter(page => page.group === group)
                .map(page => (
                  <li>
                    <a href={page.path} aria-current={page === current ? 'page' : undefined}>
                      {page.title}
                    </a>
                  </li>
                ))}
            </ul>
          </>
        ))}
      </details>
    </nav>
  )
}

const groupsOf = (pages: Page[]) => [...new Set(pages.map(({ group }) => group))]
