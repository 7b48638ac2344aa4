export interface User {
  name: string
}

const all: User[] = [{ name: 'Ada' }, { name: 'Grace' }]

export const list = (): readonly User[] => all
