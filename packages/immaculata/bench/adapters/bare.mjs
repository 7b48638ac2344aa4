/** Plain Node, asked to import the stale modules under a new `?v=` that was written into them by hand. No watching. */
export const name = 'bare ?v='

/** The harness bumps the versions in the files and says when to import. */
export const byHand = true

export function open({ dir }) {
  return { load: (specifier = '/entry.js') => import(`file://${dir}${specifier}`) }
}
