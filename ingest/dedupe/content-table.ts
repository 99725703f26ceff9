import { type ContentHash, hashWords } from './content-hash.ts'
import type { MetricSets } from './metric-sets.ts'

/** What is known about the content of a reading: nothing, the same, or another value of one of its metrics at its time. */
export type Familiarity = 'new' | 'seen' | 'conflict'

/** A hashed reading: its time as two 32-bit words, and its values by metric. */
export interface HashedReading extends ContentHash {
  high: number
  low: number
  metrics: Readonly<Record<string, number>>
}

/** Words of a slot: time (two), content, values, names. A content of 0 marks a free slot. */
const slotWords = 5
const initialSlots = 4
const maxLoad = 0.75

/** Hashes of stored readings by time: an open-addressed table with linear probing, 20 bytes a slot. */
export class ContentTable {
  #words = new Uint32Array(initialSlots * slotWords)
  #size = 0

  get size(): number {
    return this.#size
  }

  find(reading: HashedReading, metricSets: MetricSets): Familiarity {
    const words = this.#words
    let answer: Familiarity = 'new'
    for (let at = this.#start(reading.high, reading.low); words[at + 2] !== 0; at = this.#next(at)) {
      if (words[at] !== reading.high || words[at + 1] !== reading.low) continue
      const hasSameValues = words[at + 3] === reading.values
      if (hasSameValues && words[at + 2] === reading.content) return 'seen'
      if (!hasSameValues && metricSets.overlaps(words[at + 4] ?? 0, reading.metrics)) answer = 'conflict'
    }
    return answer
  }

  add({ high, low, content, values, names }: HashedReading): void {
    if (this.#size + 1 > (this.#words.length / slotWords) * maxLoad) this.#grow()
    const at = this.#freeSlot(high, low)
    this.#words[at] = high
    this.#words[at + 1] = low
    this.#words[at + 2] = content
    this.#words[at + 3] = values
    this.#words[at + 4] = names
    this.#size += 1
  }

  #grow(): void {
    const before = this.#words
    this.#words = new Uint32Array(before.length * 2)
    for (let at = 0; at < before.length; at += slotWords) {
      if (before[at + 2] === 0) continue
      const free = this.#freeSlot(before[at] ?? 0, before[at + 1] ?? 0)
      this.#words.set(before.subarray(at, at + slotWords), free)
    }
  }

  #freeSlot(high: number, low: number): number {
    let at = this.#start(high, low)
    while (this.#words[at + 2] !== 0) at = this.#next(at)
    return at
  }

  #start(high: number, low: number): number {
    // The number of slots is a power of two.
    return (hashWords(high, low) & (this.#words.length / slotWords - 1)) * slotWords
  }

  #next(at: number): number {
    return at + slotWords < this.#words.length ? at + slotWords : 0
  }
}
