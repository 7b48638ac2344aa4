/** What the whole example says. */
import { name } from './name.js'

export const greeting = `Hello, ${name}!`

const timer = setInterval(() => {}, 1000)
import.meta.hot?.dispose(() => clearInterval(timer)) // or there would be one more timer with each edit
