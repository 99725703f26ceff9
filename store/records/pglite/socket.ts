import { Duplex } from 'node:stream'

export interface PgliteSocketOptions {
  open(): void
  write(bytes: Uint8Array): void
  close(): void
}

/** Socket of a connection, for `pg`; the other end is PGlite in its thread. */
export class PgliteSocket extends Duplex {
  readonly #options: PgliteSocketOptions

  constructor(options: PgliteSocketOptions) {
    super()
    this.#options = options
  }

  connect(): this {
    this.#options.open()
    process.nextTick(() => this.emit('connect'))
    return this
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    // A copy, because the structured clone sent to the thread would contain the whole buffer that `chunk` is a view of.
    this.#options.write(new Uint8Array(chunk))
    done()
  }

  override _final(done: () => void): void {
    done()
    this.destroy()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#options.close()
    done(error)
  }

  // Socket methods that `pg` calls; without effect, because there is no network.
  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
