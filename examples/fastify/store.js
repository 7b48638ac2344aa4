const names = ['Ada', 'Grace']

export const store = {
  all: () => names,
  add(name) {
    names.push(name)
  },
}
