import type { Kysely } from 'kysely'
import { hourMs } from '../../lib/time.ts'
import type { Records } from './schema.ts'

/** For how long the answer to a command is remembered. */
const retentionMs = 24 * hourMs

/** Forgets answers of more than 24 hours ago: for the sweep. */
export async function deleteExpiredIdempotencyKeys(db: Kysely<Records>, now: Date): Promise<void> {
  await db
    .deleteFrom('idempotency_keys')
    .where('at', '<', new Date(now.getTime() - retentionMs))
    .execute()
}
