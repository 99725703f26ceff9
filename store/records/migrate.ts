import { type Kysely, Migrator, sql } from 'kysely'
import { errorMessage } from '../../lib/error-message.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import { recordsMigration } from './migrations/0001-records.ts'
import { epochsMigration } from './migrations/0002-epochs.ts'
import { incidentsMigration } from './migrations/0003-incidents.ts'
import { ruleVersionsMigration } from './migrations/0004-rule-versions.ts'
import { serviceDeskMigration } from './migrations/0005-service-desk.ts'
import { ruleFlagVerdictsMigration } from './migrations/0006-rule-flag-verdicts.ts'
import { journalPositionsMigration } from './migrations/0007-journal-positions.ts'
import { deviceLifecycleMigration } from './migrations/0008-device-lifecycle.ts'
import { quarantineInFullMigration } from './migrations/0009-quarantine-in-full.ts'
import { sweepsMigration } from './migrations/0010-sweeps.ts'
import { withdrawnNoticesMigration } from './migrations/0011-withdrawn-notices.ts'
import { deadlinesMigration } from './migrations/0012-deadlines.ts'
import { listIndexesMigration } from './migrations/0013-list-indexes.ts'
import { findingEpisodesMigration } from './migrations/0014-finding-episodes.ts'
import type { Records } from './schema.ts'

/** All migrations, in the order of their names. A released migration is never changed. */
const migrations = {
  '0001-records': recordsMigration,
  '0002-epochs': epochsMigration,
  '0003-incidents': incidentsMigration,
  '0004-rule-versions': ruleVersionsMigration,
  '0005-service-desk': serviceDeskMigration,
  '0006-rule-flag-verdicts': ruleFlagVerdictsMigration,
  '0007-journal-positions': journalPositionsMigration,
  '0008-device-lifecycle': deviceLifecycleMigration,
  '0009-quarantine-in-full': quarantineInFullMigration,
  '0010-sweeps': sweepsMigration,
  '0011-withdrawn-notices': withdrawnNoticesMigration,
  '0012-deadlines': deadlinesMigration,
  '0013-list-indexes': listIndexesMigration,
  '0014-finding-episodes': findingEpisodesMigration,
}

/** Names of all migrations, in their order. */
export const migrationNames: readonly string[] = Object.keys(migrations)

/**
 * Migrate the database to the newest schema. Processes that start at the same time wait for each other
 * (the migrator takes an advisory lock).
 * @returns the names of the migrations that this call ran
 * @throws NewerSchemaError, MigrationError
 */
export async function migrate(db: Kysely<Records>): Promise<string[]> {
  const unknownMigrations = (await listAppliedMigrations(db)).filter((name) => !(name in migrations))
  if (unknownMigrations.length > 0) throw new NewerSchemaError(unknownMigrations)
  const provider = { getMigrations: async () => migrations }
  // Numbers are given before migrations land: a database may have a later one already.
  const migrator = new Migrator({ db, provider, allowUnorderedMigrations: true })
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error !== undefined)
    throw new MigrationError(`the records database could not be migrated: ${errorMessage(error)}`, {
      cause: error,
    })
  return results.map(({ migrationName }) => migrationName)
}

/** Return the migrations that were applied to the database. */
async function listAppliedMigrations(db: Kysely<Records>): Promise<string[]> {
  const tables = await sql<{
    name: string | null
  }>`select to_regclass('kysely_migration')::text as name`.execute(db)
  if (tables.rows[0]?.name == null) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  return rows.map(({ name }) => name)
}

/** The database has a newer schema than this program supports. Nothing was changed. */
export class NewerSchemaError extends ExpectedError {
  override readonly name = 'NewerSchemaError'

  constructor(unknown: readonly string[]) {
    super(
      `the records database was made by a newer Forewarn (it has ${unknown.join(', ')}). ` +
        'Start that version or a newer one; or bring back a copy of the database from before the update',
    )
  }
}

/** Nothing was changed: all pending migrations run in one transaction. */
export class MigrationError extends ExpectedError {
  override readonly name = 'MigrationError'
}
