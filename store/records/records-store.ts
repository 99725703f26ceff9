import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import { ExpectedError } from '../../lib/expected-error.ts'
import { MigrationError, migrate, migrationNames } from './migrate.ts'
import { PgliteCrashedError } from './pglite/host.ts'
import { openPglitePool } from './pglite/pool.ts'
import { recordsTemplatePath } from './pglite/template.ts'
import { openPgPool } from './pool.ts'
import type { Records } from './schema.ts'

export interface OpenRecordsOptions {
  /** URL of a server, `postgres://…`. Without it PGlite runs in this process. */
  url?: string | undefined
  /** Folder of PGlite; without it the database is in memory. */
  dir?: string | undefined
  /** Path of the dump that a new database of PGlite starts from. Default: that of the build, when it is the build that runs. */
  template?: string
  /** Called with errors of idle connections, which no caller would receive. */
  onError(error: Error): void
  /** Called with the names of the migrations that this start ran, if any. */
  onMigrated?(names: readonly string[]): void
}

export interface RecordsStore {
  db: Kysely<Records>
  /** The same connections, for code that uses SQL without kysely. */
  pool: pg.Pool
  close(): Promise<void>
  /** Copy the database while it is in use, to a folder; absent where a server keeps it. */
  copyTo?(target: string): Promise<void>
}

/** PGlite's folder does not contain a complete database. */
export class RecordsCorruptedError extends ExpectedError {
  override readonly name = 'RecordsCorruptedError'

  constructor(dir: string, found: string, options?: ErrorOptions) {
    super(
      `the records in ${dir} are damaged: ${found}. Bring the folder back from a copy, or move it away and start again: ` +
        'tickets, notices, verdicts and the quarantine are lost by that; the time series, and what the rules remember, stay',
      options,
    )
  }
}

/**
 * Open the records database and migrate its schema to the newest version.
 * @throws DirectoryInUseError when another process has locked the folder of PGlite
 * @throws RecordsCorruptedError when PGlite does not start on its folder
 * @throws NewerSchemaError, MigrationError
 */
export async function openRecords(options: OpenRecordsOptions): Promise<RecordsStore> {
  const { url, dir } = options
  if (url !== undefined || dir === undefined) return openAndMigrate(options)
  // Without this file PGlite would overwrite the database with a new one.
  if (existsSync(join(dir, 'pgdata')) && !existsSync(join(dir, 'pgdata', 'PG_VERSION'))) {
    throw new RecordsCorruptedError(dir, 'pgdata/PG_VERSION is missing')
  }
  try {
    return await openAndMigrate(options)
  } catch (error) {
    if (!isCorruption(error)) throw error
    const reason = error.cause instanceof Error ? error.cause.message : String(error.cause)
    throw new RecordsCorruptedError(dir, `PGlite does not start on it (${reason})`, { cause: error })
  }
}

/** PostgreSQL error codes of I/O errors, missing files and internal errors. */
const corruptionSqlStates = /^(58...|XX...)$/

function isCorruption(error: unknown): error is Error {
  if (error instanceof PgliteCrashedError) return true
  if (!(error instanceof MigrationError) || !(error.cause instanceof Error)) return false
  return 'code' in error.cause && corruptionSqlStates.test(String(error.cause.code))
}

/** Return the dump that the build made of these migrations; undefined from the sources, which may have others by now. */
function builtTemplate(): string | undefined {
  return import.meta.url.endsWith('.ts') ? undefined : recordsTemplatePath(migrationNames)
}

async function openAndMigrate(options: OpenRecordsOptions): Promise<RecordsStore> {
  const { pool, close, copyTo } =
    options.url === undefined
      ? await openPglitePool({ template: builtTemplate(), ...options })
      : openPgPool(options.url, options)
  const db = new Kysely<Records>({ dialect: new PostgresDialect({ pool }) })
  try {
    const applied = await migrate(db)
    if (applied.length > 0) options.onMigrated?.(applied)
  } catch (error) {
    await close()
    throw error
  }
  return { db, pool, close, ...(copyTo && { copyTo }) }
}
