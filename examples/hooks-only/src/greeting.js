/** The text that the example prints. */
import { name } from './name.js'

export const greeting = `Hello, ${name}!`

const timer = setInterval(() => {}, 1000)
import.meta.hot?.dispose(() => clearInterval(timer)) // without this line, each edit would add a timer
