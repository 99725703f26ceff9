import { JournalPartitionsError } from './errors.ts'
import { partitionsKey } from './keys.ts'
import type { RedisLink } from './link.ts'

/**
 * Notes at the first opening how many partitions the journal has.
 * @throws JournalPartitionsError when it has another number already
 */
export async function claimPartitions(link: RedisLink, prefix: string, count: number): Promise<void> {
  const key = partitionsKey(prefix)
  await link.ask((client) => client.setnx(key, count))
  const known = Number(await link.ask((client) => client.get(key)))
  if (known === count) return
  throw new JournalPartitionsError(
    `the journal in Redis has ${known} partitions, and ${count} were asked for: devices would go to others than those ` +
      `that remember them. Set the number to ${known} (journal.partitions, FOREWARN_JOURNAL_PARTITIONS); or stop the ` +
      `devices, let all consumers catch up, delete the keys that begin with {${prefix}: and the key ${key}, and start ` +
      'anew: the rules then begin without what they remembered',
  )
}
