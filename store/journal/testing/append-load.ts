import { JournalWriteError } from '../journal.ts'
import { openLmdbJournal } from '../lmdb/lmdb-journal.ts'
import { entries } from './entries.ts'

/**
 * Appends to the journal in the directory given, many appends at once, and prints each offset that was acknowledged;
 * ends in order, with the word `refused`, when the disk takes no more.
 */
const [dir = ''] = process.argv.slice(2)
const journal = await openLmdbJournal({ dir, maxBytes: 1_000_000_000, keepEntries: 0 })
let next = (await journal.info()).streams.telemetry.head

async function append(): Promise<void> {
  const from = next
  next += 1 + (from % 5)
  const head = await journal.append('telemetry', entries(from, next), { tally: { stored: next - from } })
  process.stdout.write(`${head}\n`)
}

try {
  while (true) await Promise.all([append(), append(), append(), append()])
} catch (error) {
  if (!(error instanceof JournalWriteError)) throw error
  await journal.close()
  process.stdout.write('refused\n')
}
