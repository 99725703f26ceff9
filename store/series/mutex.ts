/** Runs jobs one after the other, in the order in which they were given. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve()

  runExclusive<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#last.then(job)
    // Whether a job failed concerns its caller, not the next job.
    this.#last = result.catch(() => undefined)
    return result
  }
}
