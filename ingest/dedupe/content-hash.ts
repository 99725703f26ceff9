import type { Reading } from '../../contract/reading.ts'

/** 32-bit hashes of one reading. Only readings of the same device and time are compared by them. */
export interface ContentHash {
  /** Values with boot and sequence number, and the bits of the time beyond 32; never 0. */
  content: number
  /** Values alone. */
  values: number
  /** Names of the metrics. */
  names: number
}

const bytes = new Float64Array(1)
const words = new Uint32Array(bytes.buffer)

/** Hash a reading; the order of its metrics does not matter, as their hashes are added up. */
export function hashContent({ ts, tsFrom, values, boot, seq }: Reading): ContentHash {
  let valuesHash = 0
  let names = 0
  for (const metric in values) {
    const name = hashName(metric)
    names = (names + mix(name)) | 0
    valuesHash = (valuesHash + hashNumber(name, values[metric] ?? 0)) | 0
  }
  const isCounted = boot !== undefined && seq !== undefined
  const timed = tsFrom === 'receipt' ? valuesHash : hashWords(valuesHash, Math.floor(ts / 2 ** 32))
  const content = isCounted ? hashNumber(hashNumber(timed, boot), seq) : timed
  return { content: content >>> 0 || 1, values: valuesHash >>> 0, names: names >>> 0 }
}

/** Hash a number into `seed`. -0 and 0 are the same. */
function hashNumber(seed: number, value: number): number {
  bytes[0] = value + 0
  return mix(Math.imul(mix((seed + (words[0] ?? 0)) | 0), 0x9e3779b1) + (words[1] ?? 0))
}

/** Names kept with their hash; devices of a few kinds send some dozens. */
const maxNames = 10_000
const nameHashes = new Map<string, number>()

function hashName(name: string): number {
  const known = nameHashes.get(name)
  if (known !== undefined) return known
  const hash = hashText(name)
  if (nameHashes.size < maxNames) nameHashes.set(name, hash)
  return hash
}

/** FNV-1a (Fowler, Noll, Vo), over UTF-16 units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/** Hash two 32-bit words. */
export function hashWords(high: number, low: number): number {
  return mix(Math.imul(mix(high), 0x9e3779b1) ^ low)
}

/** Finalizer of MurmurHash3 (Appleby): every bit of the input changes half of the output. */
function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
