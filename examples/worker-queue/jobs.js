export function run(job) {
  return `${job.kind} #${job.id}: hello, ${job.payload}`
}
