export function page(title) {
  return `<!doctype html><title>${title}</title><h1>${title}</h1><p>Edit page.js and reload.</p>`
}
