import type { Kysely, Selectable } from 'kysely'
import type { Records } from './schema.ts'

export interface RuleHistory {
  /** Newest first. */
  changes: Omit<Selectable<Records['rule_changes']>, 'name'>[]
  /** Newest first. */
  versions: Omit<Selectable<Records['rule_versions']>, 'name' | 'by'>[]
}

export async function readRuleHistory(db: Kysely<Records>, name: string): Promise<RuleHistory> {
  const [changes, versions] = await Promise.all([
    db
      .selectFrom('rule_changes')
      .select(['version', 'at', 'became', 'why', 'by'])
      .where('name', '=', name)
      .orderBy('at', 'desc')
      .orderBy('became')
      .execute(),
    db
      .selectFrom('rule_versions')
      .select(['version', 'file', 'text', 'first_seen'])
      .where('name', '=', name)
      .orderBy('first_seen', 'desc')
      .execute(),
  ])
  return { changes, versions }
}

export interface RuleVersionStatus {
  name: string
  version: string
  became: 'live' | 'shadow' | 'retired'
  since: Date
  by: string
}

/** Return when each version of each rule last changed its state. */
export async function readRuleVersionStatuses(db: Kysely<Records>): Promise<RuleVersionStatus[]> {
  return db
    .selectFrom('rule_changes')
    .distinctOn(['name', 'version'])
    .select(['name', 'version', 'became', 'at as since', 'by'])
    .orderBy('name')
    .orderBy('version')
    .orderBy('at', 'desc')
    .execute()
}
