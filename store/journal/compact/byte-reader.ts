/** Reads what a `ByteWriter` wrote. @throws RangeError at the end of the bytes */
export class ByteReader {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Uint8Array, from = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = from
  }

  byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new RangeError(`a stored state ends after ${this.#bytes.length} bytes`)
    return byte
  }

  unsigned(): number {
    let byte = this.byte()
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    for (let factor = 128; ; factor *= 128) {
      byte = this.byte()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }

  double(): number {
    const value = this.#bytes.readDoubleLE(this.#at)
    this.#at += 8
    return value
  }

  text(): string {
    const end = this.unsigned() + this.#at
    if (end > this.#bytes.length)
      throw new RangeError(`a stored state ends after ${this.#bytes.length} bytes`)
    const text = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end
    return text
  }
}
