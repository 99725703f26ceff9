/** Runs jobs one after the other, in the order of submission. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve()

  runExclusive<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#last.then(job)
    // A failure is reported to the job's caller and does not affect the next job.
    this.#last = result.catch(() => undefined)
    return result
  }
}
