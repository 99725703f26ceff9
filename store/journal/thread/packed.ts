import type { EncodedBatch } from '../encoding.ts'

/** Byte sequences in one piece: sending a part of a larger buffer to another thread would copy all of that buffer. */
export interface Packed {
  lengths: number[]
  data: Uint8Array
}

/** A batch as it is sent. */
export interface PackedBatch extends Omit<EncodedBatch, 'records'> {
  records: Packed
}

export function packBytes(parts: readonly Uint8Array[]): Packed {
  const lengths = parts.map(({ length }) => length)
  const data = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part, at)
    at += part.length
  }
  return { lengths, data }
}

export function unpackBytes({ lengths, data }: Packed): Uint8Array[] {
  let at = 0
  return lengths.map((length) => {
    at += length
    return data.subarray(at - length, at)
  })
}
