const initialBytes = 16 * 1_024

/** Bytes written one after the other, in a buffer that grows and is used again. Numbers are little endian. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafe(initialBytes)
  #length = 0

  reset(): void {
    this.#length = 0
  }

  /** Return a copy of what was written since the last reset. */
  copy(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#buffer, 0, this.#length)
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#buffer[this.#length++] = value
  }

  /** Write a whole number from 0 to 2^53 − 1 in groups of 7 bits, the lowest first (LEB128). */
  unsigned(value: number): void {
    this.#reserve(8)
    let rest = value
    // Bit operations have 32 bits.
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 128))
      this.#buffer[this.#length++] = (rest % 128) | 0x80
    for (; rest > 0x7f; rest >>>= 7) this.#buffer[this.#length++] = (rest & 0x7f) | 0x80
    this.#buffer[this.#length++] = rest
  }

  double(value: number): void {
    this.#reserve(8)
    this.#length = this.#buffer.writeDoubleLE(value, this.#length)
  }

  /** Write a text with its length in bytes. */
  text(value: string): void {
    const bytes = Buffer.byteLength(value)
    this.unsigned(bytes)
    this.#reserve(bytes)
    this.#length += this.#buffer.write(value, this.#length)
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#buffer.length + bytes))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}
