import { JournalKeyError } from './journal.ts'

const maxKeyBytes = 500

/** @throws JournalKeyError when LMDB, the strictest adapter, would reject the key: checked before the transaction, it cannot break it. */
export function validateKey(key: string): string {
  const bytes = Buffer.byteLength(key)
  if (bytes === 0 || bytes > maxKeyBytes) {
    throw new JournalKeyError(`a key has 1 to ${maxKeyBytes} bytes, not ${bytes}: ${key.slice(0, 80)}`)
  }
  return key
}
