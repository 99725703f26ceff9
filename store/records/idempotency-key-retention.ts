import type { Kysely } from 'kysely'
import { hourMs } from '../../lib/time.ts'
import type { Records } from './schema.ts'

/** Retention of the response to a command. */
const retentionMs = 24 * hourMs

/** Delete responses older than 24 hours. The sweep calls this. */
export async function deleteExpiredIdempotencyKeys(db: Kysely<Records>, now: Date): Promise<void> {
  await db
    .deleteFrom('idempotency_keys')
    .where('at', '<', new Date(now.getTime() - retentionMs))
    .execute()
}
