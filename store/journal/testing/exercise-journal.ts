import { openLmdbJournal } from '../lmdb/lmdb-journal.ts'
import { entries } from './entries.ts'

/**
 * Opens the journal in the directory given, reads everything in it, writes to it, and says what it found; ends with 3
 * and the reason when it cannot be opened or read.
 */
const [dir = ''] = process.argv.slice(2)
try {
  const journal = await openLmdbJournal({ dir, maxBytes: 2 ** 30, keepEntries: 2 ** 30 })
  let read = 0
  for await (const batch of journal.scan('telemetry', 0)) read += batch.entries.length
  const facts = await journal.facts('device/')
  const consumer = await journal.consumer('rules', 'telemetry')
  const head = await journal.append('telemetry', entries(read, read + 5))
  await consumer.commit({ cursor: head, state: new Map([['d5', 'new']]) })
  await journal.close()
  process.stdout.write(`${read} entries, ${facts.size} facts\n`)
} catch (error) {
  process.stdout.write(`${error}\n`)
  process.exitCode = 3
}
