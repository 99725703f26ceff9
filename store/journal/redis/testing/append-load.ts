import { entries } from '../../testing/entries.ts'
import { openRedisJournal } from '../open-redis-journal.ts'

/**
 * Opens a partition and appends to it, several appends at once; prints `owned`, each offset that was acknowledged, and
 * the name of the error that ended it.
 */
const [url = '', partition, holder = ''] = process.argv.slice(2)
const journal = await openRedisJournal({
  url,
  partition: Number(partition),
  maxBytes: 1_000_000_000,
  keepEntries: 0,
  lease: { durationMs: 1_000, holder },
})
process.stdout.write('owned\n')
let next = (await journal.info()).streams.telemetry.head

async function append(): Promise<void> {
  const from = next
  next += 1 + (from % 5)
  const head = await journal.append('telemetry', entries(from, next), { tally: { stored: next - from } })
  process.stdout.write(`${head}\n`)
}

try {
  while (true) await Promise.all([append(), append(), append()])
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.name : error}\n`)
}
const refused = await Promise.allSettled([
  journal.append('telemetry', entries(0, 1)),
  journal.consumer('rules', 'telemetry'),
  journal.facts(''),
])
for (const one of refused) if (one.status === 'rejected') process.stdout.write(`${one.reason.name}\n`)
await journal.close()
