import type { Kysely } from 'kysely'
import type { RuleLife } from '../rules/life/rule-life.ts'
import type { Records } from '../store/records/schema.ts'
import type { SeriesStore } from '../store/series/series.ts'
import type { Status } from './status.ts'

/** What the API reads from, and what it may change: the rules, and in records what technicians found. */
export interface ApiParts {
  version: string
  records: Kysely<Records>
  ruleLife: RuleLife
  series: Pick<SeriesStore, 'query' | 'latest' | 'scan' | 'extent'>
  status: () => Promise<Status>
  now: () => number
  /** Told of what went wrong here rather than with the client, whose answer says no details. */
  onError: (error: unknown, request: string) => void
}
