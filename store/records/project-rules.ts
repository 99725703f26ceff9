import type { Kysely } from 'kysely'
import type { RulesEntry } from '../../contract/entry.ts'
import { storable } from './rows.ts'
import type { Records } from './schema.ts'

/** Notes every version of a rule that was ever in force, and what became of it. */
export async function projectRules(db: Kysely<Records>, entries: readonly RulesEntry[]): Promise<void> {
  for (const { at, by, why, changes, live, shadow } of entries) {
    const moment = new Date(at)
    const versions = [...live, ...shadow].map(({ file, text, name, version }) => ({
      name,
      version,
      file: storable(file),
      text: storable(text),
      first_seen: moment,
      by: storable(by),
    }))
    if (versions.length > 0)
      await db
        .insertInto('rule_versions')
        .values(versions)
        .onConflict((is) => is.doNothing())
        .execute()
    const steps = changes.map(({ name, version, to }) => ({
      name,
      version,
      at: moment,
      became: to,
      why,
      by: storable(by),
    }))
    if (steps.length > 0)
      await db
        .insertInto('rule_changes')
        .values(steps)
        .onConflict((is) => is.doNothing())
        .execute()
  }
}
