/** The part of a link that names a heading, as GitHub makes it: `One update at a time` becomes `one-update-at-a-time`. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]+/gu, '')
    .trim()
    .replace(/\s/g, '-')
}
