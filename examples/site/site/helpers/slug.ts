/** The part of a link that names a heading: `One update at a time` becomes `one-update-at-a-time`. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
}
