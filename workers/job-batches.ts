/**
 * Split jobs, in their order, into batches whose data takes at most `maxLength` characters of JSON together. A job that takes
 * more is alone.
 */
export function batchJobs<J extends { data: unknown }>(jobs: readonly J[], maxLength: number): J[][] {
  const batches: J[][] = []
  let length = Number.POSITIVE_INFINITY
  for (const job of jobs) {
    const added = JSON.stringify(job.data).length
    if (length + added > maxLength) {
      batches.push([])
      length = 0
    }
    batches.at(-1)?.push(job)
    length += added
  }
  return batches
}
