/** A job that is to be done again after a while. It is no failure, and uses up no attempt. */
export class RescheduleError extends Error {
  override readonly name = 'RescheduleError'
  readonly delayMs: number

  constructor(waitMs: number) {
    super(`to be done again in ${waitMs} ms`)
    this.delayMs = waitMs
  }
}
