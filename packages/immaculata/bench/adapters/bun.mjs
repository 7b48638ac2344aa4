/** `bun --hot main.js`: evaluates all of the program again, in the same process. Not Node. */
export const name = 'bun --hot'
export const needs = 'bun'

export const command = ({ peers }) => [`${peers}/node_modules/bun/bin/bun.exe`, '--hot', '--no-clear-screen', 'main.js']
