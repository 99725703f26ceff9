import { type Kysely, sql } from 'kysely'
import type { Records } from '../store/records/schema.ts'

/** Completed sweeps of all processes. */
export interface SweepCount {
  completed: number
  /** When the last one was completed, ms since 1970 UTC, by the clock of the process that ran it. */
  completedAt: number
}

/** Return how many sweeps were completed; undefined before the first. */
export async function loadSweepCount(db: Kysely<Records>): Promise<SweepCount | undefined> {
  const row = await db.selectFrom('sweeps').selectAll().executeTakeFirst()
  return row && { completed: Number(row.completed), completedAt: row.completed_at.getTime() }
}

/** Record that a sweep was completed. */
export async function countSweep(db: Kysely<Records>, completedAt: Date): Promise<void> {
  await db
    .insertInto('sweeps')
    .values({ completed: 1, completed_at: completedAt })
    .onConflict((conflict) =>
      conflict
        .column('singleton')
        .doUpdateSet({ completed: sql`sweeps.completed + 1`, completed_at: completedAt }),
    )
    .execute()
}
