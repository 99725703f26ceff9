/** Thrown by a job to run again after a delay. This is not a failure and does not count as an attempt. */
export class RescheduleError extends Error {
  override readonly name = 'RescheduleError'
  readonly delayMs: number

  constructor(delayMs: number) {
    super(`rescheduled in ${delayMs} ms`)
    this.delayMs = delayMs
  }
}
