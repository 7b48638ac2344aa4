/** Shiki itself, counting its highlighters. */
import { createHighlighter as create } from 'shiki'
import { counts } from './probe.js'

export * from 'shiki'

/** @type {typeof create} */
export const createHighlighter = async options => {
  const highlighter = await create(options)
  counts.created++
  const dispose = highlighter.dispose
  highlighter.dispose = () => {
    counts.disposed++
    dispose()
  }
  return highlighter
}
