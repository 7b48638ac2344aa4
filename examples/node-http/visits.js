let total = 0

export const visits = {
  count() {
    return ++total
  },
}
