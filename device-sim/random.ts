/**
 * A seeded stream of random numbers: sfc32 (Doty-Humphrey's "small fast counter", period about 2^128 on average),
 * seeded by hashing the names of the stream. A stream per (seed, device, purpose) makes each device independent of
 * every other: a larger fleet does not change the devices of a smaller one.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(...names: readonly (string | number)[]) {
    const text = names.join('\u0000')
    this.#a = hash(text, 0x9e3779b9)
    this.#b = hash(text, 0x243f6a88)
    this.#c = hash(text, 0xb7e15162)
    // The first outputs still correlate with the seed; the author discards twelve.
    for (let i = 0; i < 12; i++) this.uniform()
  }

  /** Return a number in [0, 1) with 32 bits. */
  uniform(): number {
    const out = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + out) | 0
    return (out >>> 0) / 2 ** 32
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform()
  }

  /** Return an integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor((high - low + 1) * this.uniform())
  }

  chance(probability: number): boolean {
    return this.uniform() < probability
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[Math.floor(items.length * this.uniform())] ?? items[0]
  }

  /** Return a standard normal number (Box & Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Return a lognormal number with median 1; `spread` is the standard deviation of its logarithm. */
  lognormal(spread: number): number {
    return Math.exp(spread * this.normal())
  }

  /** Return an exponential number with the given mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform())
  }

  /** Return a gamma number with the given shape and mean 1 (Marsaglia & Tsang 2000). Always above 0: wear never heals. */
  gamma(shape: number): number {
    if (shape < 1) return (this.#gamma(shape + 1) * (1 - this.uniform()) ** (1 / shape)) / shape
    return this.#gamma(shape) / shape
  }

  #gamma(shape: number): number {
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = this.normal()
      const v = (1 + c * x) ** 3
      if (v > 0 && Math.log(1 - this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
    }
  }
}

/** FNV-1a over UTF-16 units, finished with the mixer of MurmurHash3: every bit of the text affects every bit. */
function hash(text: string, basis: number): number {
  let h = basis
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
