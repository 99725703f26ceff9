import { Socket } from 'node:net'

/** The server was asked and gave no byte of an answer for so long: it hangs, or the network lost it without a word. */
class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'
  readonly isAway = true
}

/**
 * A socket that does not wait for ever. A network that swallows everything is noticed by TCP after a quarter of an hour;
 * until then all that uses the connection would hang. (Where TLS takes the socket over, that is how it is.)
 */
export class ImpatientSocket extends Socket {
  #awaitsAnswer = false

  constructor(answerMs: number) {
    super()
    this.setTimeout(answerMs)
    this.on('timeout', () => {
      if (this.#awaitsAnswer) this.destroy(new NoAnswerError(`no answer within ${answerMs / 1_000} s`))
    })
  }

  override _write(...args: Parameters<Socket['_write']>): void {
    this.#awaitsAnswer = true
    super._write(...args)
  }

  override _writev(...args: Parameters<NonNullable<Socket['_writev']>>): void {
    this.#awaitsAnswer = true
    super._writev?.(...args)
  }

  override push(...args: Parameters<Socket['push']>): boolean {
    this.#awaitsAnswer = false
    return super.push(...args)
  }
}
