/** `node --import immaculata/register main.js`: the program itself is evaluated again. */
export const name = 'immaculata/register'

const register = new URL('../../dist/register.js', import.meta.url).href

export const command = ({ node }) => [node, '--import', register, 'main.js']
