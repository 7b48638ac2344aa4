/** Node's tests that pass plain and fail with `register`, by name, with the reason: one that any tool of this kind would have. */
export const known: Readonly<Record<string, string>> = {}
