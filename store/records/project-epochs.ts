import { type Kysely, sql } from 'kysely'
import type { EventEntry } from '../../contract/entry.ts'
import type { Records } from './schema.ts'

/**
 * Notes, from `part_replaced` events, when the lives of parts began, numbered as the rules number them: one that is not newer than the part's present
 * life (told again, or late) changes nothing. Life 0 was there before and is not noted.
 */
export async function projectEpochs(db: Kysely<Records>, entries: readonly EventEntry[]): Promise<void> {
  for (const { device, component, ts } of entries) {
    if (component === undefined) continue
    await sql`
      insert into epochs (device_id, component, number, since)
      select ${device}::text, ${component}::text, coalesce(max(number), 0) + 1, ${new Date(ts)}::timestamptz
      from epochs where device_id = ${device} and component = ${component}
      having max(since) is null or max(since) < ${new Date(ts)}::timestamptz`.execute(db)
  }
}
