import { createHash } from 'node:crypto'

/** Return the first `length` hexadecimal digits of the SHA-256 of plain data; the order of keys does not matter. */
export function contentHash(value: unknown, length: number): string {
  return createHash('sha256').update(JSON.stringify(value, sortKeys)).digest('hex').slice(0, length)
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
