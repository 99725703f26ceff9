import {
  locatePosition,
  readStreamPlace,
  type StoredPosition,
} from '../../../store/journal/history/locate-position.ts'
import type { Journal, StreamName } from '../../../store/journal/journal.ts'
import { consumerName, type Partitions } from '../../../store/journal/partitions.ts'
import { loadJournalPosition } from '../../../store/records/positions/journal-positions.ts'
import type { RecordsStore } from '../../../store/records/records-store.ts'
import type { SeriesStore } from '../../../store/series/series.ts'

export interface HoldEntriesOptions {
  partitions: Partitions
  series: Pick<SeriesStore, 'position'>
  records: RecordsStore['db']
}

/**
 * Set the cursors in the journal back to those of the stores, where a store has come back from an older state: the
 * journal trims behind its own cursors, and must not trim what a store has yet to read. Call it before anything is
 * appended or consumed.
 */
export async function holdEntriesForStores({
  partitions,
  series,
  records,
}: HoldEntriesOptions): Promise<void> {
  for (const [partition, journal] of partitions.entries()) {
    const inRecords = (name: string) =>
      loadJournalPosition(records, consumerName(name, partition, partitions))
    await hold(journal, { name: 'series', stream: 'telemetry', position: await series.position(partition) })
    await hold(journal, { name: 'records', stream: 'telemetry', position: await inRecords('records') })
    await hold(journal, { name: 'tickets', stream: 'findings', position: await inRecords('tickets') })
  }
}

interface HeldConsumer {
  name: string
  stream: StreamName
  /** Undefined where only the journal has one. */
  position: StoredPosition | undefined
}

/** Set the cursor of one consumer back to the position of its store, where that is older. */
export async function hold(journal: Journal, { name, stream, position }: HeldConsumer): Promise<void> {
  const consumer = await journal.consumer(name, stream)
  if (position === undefined) return
  const { start } = locatePosition(position, await readStreamPlace(journal, stream))
  if (start < (await consumer.cursor())) await consumer.commit({ cursor: start })
}
