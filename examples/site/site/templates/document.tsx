/** The HTML document around a page. */
import { render } from 'preact-render-to-string'
import type { Page } from '../pages.ts'
import { Headings } from './headings.tsx'
import { Navigation } from './navigation.tsx'
import { Neighbours } from './neighbours.tsx'

export function document(page: Page, pages: Page[]): string {
  return `<!doctype html>${render(<Document page={page} pages={pages} />)}`
}

function Document({ page, pages }: { page: Page; pages: Page[] }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{page.path === '/' ? 'immaculata: native hot modules for Node.js' : `${page.title} · immaculata`}</title>
        <link rel="icon" href="/icon.svg" />
        <link rel="stylesheet" href="/style.css" />
        <script src="/site.js" defer />
      </head>
      <body>
        <Navigation pages={pages} current={page} />
        <main>
          <article dangerouslySetInnerHTML={{ __html: page.html }} />
          <Neighbours page={page} pages={pages} />
        </main>
        <Headings headings={page.headings} />
      </body>
    </html>
  )
}
