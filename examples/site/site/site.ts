/** The whole site: its paths, and what it answers there. The server and the build import only this module. */
import { extname } from 'node:path'
import { tree } from '../tree.js'
import { pages, searchIndex } from './pages.ts'
import { document } from './templates/document.tsx'

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

export function paths(): string[] {
  const assets = tree.glob('assets/**').map(path => path.slice('/assets'.length))
  return [...pages().map(page => page.path), '/search.json', ...assets]
}

export function answer(path: string): { type: string; body: string | Uint8Array } | undefined {
  const page = pages().find(page => page.path === path)
  if (page) return { type: 'text/html; charset=utf-8', body: document(page, pages()) }
  if (path === '/search.json') return { type: 'application/json', body: searchIndex() }
  const asset = tree.files.get(`/assets${path}`)
  if (asset) return { type: types[extname(path)] ?? 'application/octet-stream', body: asset.content }
  return undefined
}
