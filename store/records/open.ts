import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import { migrate } from './migrate.ts'
import { openPglitePool } from './pglite-pool.ts'
import { openPgPool } from './pool.ts'
import type { Records } from './schema.ts'

export interface OpenRecordsOptions {
  /** `postgres://…` of a server. Without it PGlite runs in this process. */
  url?: string | undefined
  /** Folder of PGlite; without it the database is in memory. */
  dir?: string | undefined
  /** Called with errors of idle connections, which nobody else would see. */
  onError(error: Error): void
}

export interface RecordsStore {
  db: Kysely<Records>
  /** The same connections, for what speaks SQL without kysely. */
  pool: pg.Pool
  close(): Promise<void>
}

/**
 * Opens the records database and brings its schema up to date.
 * @throws DirectoryInUseError when another process has the folder of PGlite
 * @throws MigrationError
 */
export async function openRecords(options: OpenRecordsOptions): Promise<RecordsStore> {
  const { pool, close } =
    options.url === undefined ? await openPglitePool(options) : openPgPool(options.url, options)
  const db = new Kysely<Records>({ dialect: new PostgresDialect({ pool }) })
  try {
    await migrate(db)
  } catch (error) {
    await close()
    throw error
  }
  return { db, pool, close }
}
