import type { Kysely } from 'kysely'
import type { ReportError } from '../health/fault-reporter.ts'
import type { Readiness } from '../health/readiness.ts'
import type { SystemStatus } from '../health/status.ts'
import type { DeviceRegistration } from '../ingest/acceptance/device-registration.ts'
import type { Logger } from '../lib/logging/logger.ts'
import type { AddressSchemas } from '../notices/channels/contact-addresses.ts'
import type { DetectorRegistry } from '../rules/detectors/registry.ts'
import type { RuleRollout } from '../rules/rollout/rule-rollout.ts'
import type { Records } from '../store/records/schema.ts'
import type { SeriesStore } from '../store/series/series.ts'
import type { DeadLetters } from '../workers/dead-letters.ts'

/** What the API reads from, and what it may change: the service desk, the rules, devices that are enrolled, dead letters. */
export interface ApiDependencies {
  version: string
  records: Kysely<Records>
  ruleRollout: RuleRollout
  /** Tell the reports which findings came too late. */
  detectors: Pick<DetectorRegistry, 'indicatesFailure'>
  /** Schema of a contact's address, by the name of its channel. */
  addresses: AddressSchemas
  series: Pick<SeriesStore, 'query' | 'latest' | 'scan' | 'extent'>
  status: () => Promise<SystemStatus>
  readiness: () => Promise<Readiness>
  /** The newest value of each metric of a device that was accepted, be it in the series yet or not. */
  latestAccepted(device: string): ReadonlyMap<string, { ts: number; value: number }>
  /** Accepted entries that the series have yet to get; undefined while that cannot be told. */
  seriesLag(): Promise<number | undefined>
  deadLetters: DeadLetters
  /** Makes devices known. */
  registration: DeviceRegistration
  now: () => number
  /** Of what is made here. */
  newId: () => string
  /** How often the records are asked for desk events while somebody listens. */
  eventPollIntervalMs?: number
  /** Called with each error that is the server's fault; the response has no details of it. */
  onError: ReportError
  /** Takes what Fastify itself logs. */
  log: Logger
}
