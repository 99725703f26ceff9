import type pg from 'pg'
import { createDatabase } from '../../../test/runner/shared-postgres.ts'
import { openRecords, type RecordsStore } from '../records-store.ts'

export type DatabaseKind = 'PGlite' | 'PostgreSQL'

/**
 * Open databases that no test of this worker uses. Starting PGlite takes seconds of CPU, emptying it milliseconds, so
 * each worker reuses one for all its test files.
 */
const idle: Record<DatabaseKind, RecordsStore[]> = { PGlite: [], PostgreSQL: [] }

/** Open an empty records database with the newest schema; `close` empties it and returns it to the pool. */
export async function acquireRecords(kind: DatabaseKind): Promise<RecordsStore> {
  const records = idle[kind].pop() ?? (await open(kind))
  return {
    ...records,
    async close() {
      await deleteAllRows(records.pool)
      idle[kind].push(records)
    },
  }
}

async function open(kind: DatabaseKind): Promise<RecordsStore> {
  const onError = (error: Error) => {
    throw error
  }
  return openRecords({ url: kind === 'PGlite' ? undefined : await createDatabase(), onError })
}

/** Tables that record which migrations were applied. */
const migrationTables = ['kysely_migration', 'kysely_migration_lock', 'migration']

/**
 * Delete the rows of records and queues, and restart the sequences. The role `replica` turns foreign keys off, so that
 * the order of the tables does not matter.
 */
async function deleteAllRows(pool: pg.Pool): Promise<void> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'bullmq') and tablename <> all($1)`,
    [migrationTables],
  )
  const { rows: sequences } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, sequencename) as name from pg_sequences where last_value is not null`,
  )
  const statements = [
    'set local session_replication_role = replica',
    ...tables.map(({ name }) => `delete from ${name}`),
    ...sequences.map(({ name }) => `alter sequence ${name} restart`),
  ]
  await pool.query(`begin; ${statements.join('; ')}; commit`)
}
