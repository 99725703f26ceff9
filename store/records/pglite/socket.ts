import { Duplex } from 'node:stream'

export interface PgliteSocketOptions {
  open(): void
  write(bytes: Uint8Array): void
  close(): void
}

/** What `pg` takes for the socket of a connection; at the other end sits PGlite in its thread. */
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
    // A copy, because the clone that crosses the thread would take the whole buffer that `chunk` is a window of.
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

  // What a socket has and `pg` calls; there is no network here to tune.
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
