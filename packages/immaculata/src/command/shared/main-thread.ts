/**
 * Is this the main thread? `worker_threads` would tell, but loading it takes longer: in a worker, Node puts functions that do nothing, and
 * are marked, in the place of those that would change the whole process (seen on Node 22.15 to 26.12).
 */
export function isMainThread(): boolean {
  return (process.chdir as { disabled?: boolean }).disabled === undefined
}
