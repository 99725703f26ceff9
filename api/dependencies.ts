import type { Kysely } from 'kysely'
import type { ReportError } from '../health/fault-reporter.ts'
import type { Metrics } from '../health/metrics.ts'
import type { Readiness } from '../health/readiness.ts'
import type { SystemStatus } from '../health/status.ts'
import type { DeviceRegistration } from '../ingest/acceptance/device-registration.ts'
import type { QuarantineRetry } from '../ingest/quarantine/quarantine-retry.ts'
import type { Logger } from '../lib/logging/logger.ts'
import type { AddressSchemas } from '../notices/channels/contact-addresses.ts'
import type { DetectorRegistry } from '../rules/detectors/registry.ts'
import type { RuleRollout } from '../rules/rollout/rule-rollout.ts'
import type { Records } from '../store/records/schema.ts'
import type { SeriesStore } from '../store/series/series.ts'
import type { DeadLetters } from '../workers/dead-letters.ts'
import type { Backups } from './schemas/backup.ts'

/** What the API reads and may change: the service desk, the rules, registered devices, dead letters. */
export interface ApiDependencies {
  version: string
  records: Kysely<Records>
  ruleRollout: RuleRollout
  /** For the reports: findings of which detectors came too late. */
  detectors: Pick<DetectorRegistry, 'indicatesFailure'>
  /** Schema of a contact's address, by the name of its channel. */
  addresses: AddressSchemas
  series: Pick<SeriesStore, 'query' | 'latest' | 'scan' | 'scanColumns' | 'extent'>
  status: () => Promise<SystemStatus>
  readiness: () => Promise<Readiness>
  /** Closed by the caller that created them. */
  metrics: Pick<Metrics, 'contentType' | 'observeRequest' | 'render'>
  /** Return the newest accepted value of each metric of a device, whether the series have it yet or not. */
  latestAccepted(device: string): ReadonlyMap<string, { ts: number; value: number }>
  /** Return the number of accepted entries that the series do not have yet; undefined while it is not available. */
  seriesLag(): Promise<number | undefined>
  deadLetters: DeadLetters
  backups: Backups
  /** Registers devices. */
  registration: DeviceRegistration
  /** Retries quarantined messages. */
  quarantine: QuarantineRetry
  now: () => number
  /** Creates ids of new records. */
  newId: () => string
  /** Interval of reading desk events while somebody is subscribed, ms. */
  eventPollIntervalMs?: number
  /** Called with each error of the server; the response has no details of it. */
  onError: ReportError
  /** Receives the log of Fastify. */
  log: Logger
}
