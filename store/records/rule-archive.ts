import type { Kysely } from 'kysely'
import type { RuleVersionStore } from '../../contract/rule-version.ts'
import type { Records } from './schema.ts'

/** Create the store of rule versions over the records. */
export function createRuleArchive(db: Kysely<Records>): RuleVersionStore {
  const versions = db
    .selectFrom('rule_versions')
    .select(['file', 'text', 'rule_versions.name', 'rule_versions.version'])
  return {
    find: (name, version) =>
      versions.where('name', '=', name).where('version', '=', version).executeTakeFirst(),
    findPreviousLive: (name, version) =>
      versions
        .innerJoin('rule_changes', (join) =>
          join
            .onRef('rule_changes.name', '=', 'rule_versions.name')
            .onRef('rule_changes.version', '=', 'rule_versions.version'),
        )
        .where('rule_versions.name', '=', name)
        .where('rule_versions.version', '!=', version)
        .where('became', '=', 'live')
        .orderBy('at', 'desc')
        .executeTakeFirst(),
  }
}
