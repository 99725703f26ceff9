import { type ContentHash, hashWords } from './content-hash.ts'
import type { MetricSets } from './metric-sets.ts'

/** What is known about the content of a reading: nothing, the same, or another value of one of its metrics at its time. */
export type Familiarity = 'new' | 'seen' | 'conflict'

/** A hashed reading: its time as a 32-bit word, and its values by metric. */
export interface HashedReading extends ContentHash {
  time: number
  metrics: Readonly<Record<string, number>>
}

/** Words of a slot: time, content, values, names. A content of 0 marks a free slot. */
const slotWords = 4
const initialSlots = 4
const maxLoad = 0.75

/** Hashes of stored readings by time: an open-addressed table with linear probing, 16 bytes a slot. */
export class ContentTable {
  #words = new Uint32Array(initialSlots * slotWords)
  #size = 0

  get size(): number {
    return this.#size
  }

  find(reading: HashedReading, metricSets: MetricSets): Familiarity {
    const words = this.#words
    let answer: Familiarity = 'new'
    for (let at = this.#start(reading.time); words[at + 1] !== 0; at = this.#next(at)) {
      if (words[at] !== reading.time) continue
      const hasSameValues = words[at + 2] === reading.values
      if (hasSameValues && words[at + 1] === reading.content) return 'seen'
      if (!hasSameValues && metricSets.overlaps(words[at + 3] ?? 0, reading.metrics)) answer = 'conflict'
    }
    return answer
  }

  add({ time, content, values, names }: HashedReading): void {
    if (this.#size + 1 > (this.#words.length / slotWords) * maxLoad) this.#grow()
    const at = this.#freeSlot(time)
    this.#words[at] = time
    this.#words[at + 1] = content
    this.#words[at + 2] = values
    this.#words[at + 3] = names
    this.#size += 1
  }

  #grow(): void {
    const before = this.#words
    this.#words = new Uint32Array(before.length * 2)
    for (let at = 0; at < before.length; at += slotWords) {
      if (before[at + 1] === 0) continue
      const free = this.#freeSlot(before[at] ?? 0)
      // For four words a loop is faster than `set`, which needs a view.
      for (let word = 0; word < slotWords; word++) this.#words[free + word] = before[at + word] ?? 0
    }
  }

  #freeSlot(time: number): number {
    let at = this.#start(time)
    while (this.#words[at + 1] !== 0) at = this.#next(at)
    return at
  }

  #start(time: number): number {
    // The number of slots is a power of two.
    return (hashWords(0, time) & (this.#words.length / slotWords - 1)) * slotWords
  }

  #next(at: number): number {
    return at + slotWords < this.#words.length ? at + slotWords : 0
  }
}
