export const name = 'Node'
