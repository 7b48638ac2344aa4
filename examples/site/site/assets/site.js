// Runs in the browser: search without a server, and a button that copies a block of code.
const search = document.querySelector('#search')
const found = document.querySelector('#found')
let index

async function find() {
  index ??= await (await fetch('/search.json')).json()
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
  const scored = index
    .map(({ path, title, text }) => {
      const [head, body] = [title.toLowerCase(), text.toLowerCase()]
      const has = words.every(word => head.includes(word) || body.includes(word))
      return { path, title, score: has ? words.filter(word => head.includes(word)).length + 1 : 0 }
    })
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
  found.replaceChildren(
    ...(words.length === 0 ? [] : scored.slice(0, 12)).map(({ path, title }) => {
      const item = document.createElement('li')
      const link = document.createElement('a')
      link.href = path
      link.textContent = title
      item.append(link)
      return item
    }),
  )
  found.hidden = found.childElementCount === 0
}
search.addEventListener('input', find)
search.addEventListener('keydown', event => {
  if (event.key === 'Enter') found.querySelector('a')?.click()
})
addEventListener('keydown', event => {
  if (event.key === '/' && document.activeElement?.tagName !== 'INPUT') {
    event.preventDefault()
    search.focus()
  } else if (event.key === 'Escape') found.hidden = true
})

for (const figure of document.querySelectorAll('figure.code')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = 'Copy'
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(figure.querySelector('pre').textContent)
    button.textContent = 'Copied'
    setTimeout(() => {
      button.textContent = 'Copy'
    }, 1500)
  })
  figure.append(button)
}

// On a phone the list of pages would fill the screen.
if (matchMedia('(max-width: 48rem)').matches) document.querySelector('.pages details').open = false
