import { JournalKeyError } from './journal.ts'

const longestKeyBytes = 500

/** @throws JournalKeyError when LMDB, the narrowest, could not take the key: found before its transaction, it cannot break it. */
export function checkKey(key: string): string {
  const bytes = Buffer.byteLength(key)
  if (bytes === 0 || bytes > longestKeyBytes) {
    throw new JournalKeyError(`a key has 1 to ${longestKeyBytes} bytes, not ${bytes}: ${key.slice(0, 80)}`)
  }
  return key
}
