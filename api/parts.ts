import type { Kysely } from 'kysely'
import type { Readiness } from '../health/readiness.ts'
import type { Status } from '../health/status.ts'
import type { Enrolment } from '../ingest/acceptance/enrolment.ts'
import type { RuleLife } from '../rules/rollout/rule-life.ts'
import type { Records } from '../store/records/schema.ts'
import type { SeriesStore } from '../store/series/series.ts'
import type { DeadLetters } from '../workers/dead-letters.ts'

/** What the API reads from, and what it may change: the service desk, the rules, devices that are enrolled, dead letters. */
export interface ApiParts {
  version: string
  records: Kysely<Records>
  ruleLife: RuleLife
  series: Pick<SeriesStore, 'query' | 'latest' | 'scan' | 'extent'>
  status: () => Promise<Status>
  readiness: () => Promise<Readiness>
  /** The newest value of each metric of a device that was accepted, be it in the series yet or not. */
  latestAccepted(device: string): ReadonlyMap<string, { ts: number; value: number }>
  /** Accepted entries that the series have yet to get; undefined while that cannot be told. */
  seriesBehind(): Promise<number | undefined>
  deadLetters: DeadLetters
  /** Makes devices known. */
  enrolment: Enrolment
  now: () => number
  /** Of what is made here. */
  newId: () => string
  /** How often the records are asked for desk events while somebody listens. */
  eventsEveryMs?: number
  /** Told of what went wrong here rather than with the client, whose answer says no details. */
  onError: (error: unknown, request: string) => void
}
