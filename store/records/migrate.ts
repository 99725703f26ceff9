import { type Kysely, Migrator } from 'kysely'
import { recordsMigration } from './migrations/0001-records.ts'
import { epochsMigration } from './migrations/0002-epochs.ts'
import { incidentsMigration } from './migrations/0003-incidents.ts'
import { ruleVersionsMigration } from './migrations/0004-rule-versions.ts'
import type { Records } from './schema.ts'

/** Every migration there is, in the order of their names. One that was released is never changed. */
const migrations = {
  '0001-records': recordsMigration,
  '0002-epochs': epochsMigration,
  '0003-incidents': incidentsMigration,
  '0004-rule-versions': ruleVersionsMigration,
}

/**
 * Brings the database to the newest schema. Processes that start at the same time wait for each other
 * (the migrator takes an advisory lock).
 */
export async function migrate(db: Kysely<Records>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined)
    throw new MigrationError('The records database could not be migrated', { cause: error })
}

/** Nothing was changed: all pending migrations run in one transaction. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}
