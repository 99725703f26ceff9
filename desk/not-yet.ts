/** A job that is to be done again after a while. It is no failure, and uses up no attempt. */
export class NotYetError extends Error {
  override readonly name = 'NotYetError'
  readonly waitMs: number

  constructor(waitMs: number) {
    super(`to be done again in ${waitMs} ms`)
    this.waitMs = waitMs
  }
}
