import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { topics } from '../../contract/topics.ts'
import { createMetrics } from '../../health/metrics.ts'
import { createReadinessEvaluator } from '../../health/readiness.ts'
import type { SystemStatus } from '../../health/status.ts'
import { createAcceptance } from '../../ingest/acceptance/acceptance.ts'
import type { DeviceRegistration } from '../../ingest/acceptance/device-registration.ts'
import { type LogFields, silentLogger } from '../../lib/logging/logger.ts'
import { addressSchemas } from '../../notices/channels/contact-addresses.ts'
import { openRuleRollout, type RuleRollout } from '../../rules/rollout/rule-rollout.ts'
import { kindsFolder, shippedDetectors, shippedKinds, shippedReferences } from '../../rules/testing/rules.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { createRecordsProjection } from '../../store/records/projection.ts'
import { openRecords, type RecordsStore } from '../../store/records/records-store.ts'
import { createRuleArchive } from '../../store/records/rule-archive.ts'
import { acquireRecords } from '../../store/records/testing/records-pool.ts'
import { openDuckDbSeries } from '../../store/series/duckdb/duckdb-series.ts'
import type { SeriesStore } from '../../store/series/series.ts'
import { combineDeadLetters, type DeadLetterSource } from '../../workers/dead-letters.ts'
import { createApi } from '../api.ts'
import { now } from './fixtures.ts'

export interface TestApi {
  app: FastifyInstance
  records: RecordsStore
  series: SeriesStore
  ruleRollout: RuleRollout
  /** Catalogue folder of the rules; empty at first. */
  catalogDir: string
  /** Project the journal into the records. */
  runProjection(): Promise<void>
  /** Reported status of the program; tests change it. */
  status: SystemStatus
  /** Device → metric → the newest accepted value; empty at first. */
  latestAccepted: Map<string, Map<string, { ts: number; value: number }>>
  journal: Journal
  registration: DeviceRegistration
  /** Empty at first. */
  deadLetterSources: DeadLetterSource[]
  /** Reported errors of the server, and the fields of their requests. */
  reportedErrors: unknown[]
  reportedFields: unknown[]
  close(): Promise<void>
}

/** Open the API over empty databases in memory, or with its records in the PostgreSQL of a URL. */
export async function openTestApi(url?: string): Promise<TestApi> {
  const reported: unknown[] = []
  const reportedFields: unknown[] = []
  const onError = (error: unknown, _component = 'records', fields?: LogFields) => {
    reported.push(error)
    reportedFields.push(fields)
  }
  const records = url === undefined ? await acquireRecords('PGlite') : await openRecords({ url, onError })
  const series = await openDuckDbSeries({ path: ':memory:' })
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-api-'))
  const catalog = join(folder, 'catalog')
  await mkdir(catalog)
  const journal = await openLmdbJournal({
    dir: join(folder, 'journal'),
    maxBytes: 10_000_000,
    keepEntries: 100,
  })
  const archive = createRuleArchive(records.db)
  const ruleRollout = await openRuleRollout({
    journal,
    references: shippedReferences,
    catalog: { folders: [catalog], disabled: [] },
    kindFolders: [kindsFolder],
    archive,
    now: () => now,
  })
  const projection = createRecordsProjection(records.db)
  const status = healthyStatus()
  const accepted: TestApi['latestAccepted'] = new Map()
  const deadLetterPlaces: DeadLetterSource[] = []
  let ids = 0
  const acceptance = createAcceptance({
    journal,
    kinds: {
      hasKind: (kind) => shippedKinds.has(kind),
      rulesOf(name) {
        const { components = [], expectedIntervalMs = 0 } = shippedKinds.get(name) ?? {}
        return {
          metrics: new Map(),
          waveforms: new Map(),
          unknown: 'report',
          isIgnored: () => false,
          expectedIntervalMs,
          components,
        }
      },
    },
    topics: topics('pm/v1'),
    now: () => now,
    newId: () => `q-${++ids}`,
    registrationMode: 'closed',
  })
  await acceptance.start()
  const evaluateReadiness = createReadinessEvaluator(() => now)
  const metrics = createMetrics({ version: '0.0.0', startedAt: now })
  const app = await createApi({
    version: '0.0.0',
    metrics,
    records: records.db,
    ruleRollout,
    detectors: shippedDetectors,
    addresses: addressSchemas,
    series,
    status: async () => status,
    readiness: async () => evaluateReadiness(status),
    deadLetters: combineDeadLetters(deadLetterPlaces),
    backups: { start: () => undefined, latest: () => undefined },
    latestAccepted: (device) => accepted.get(device) ?? new Map(),
    seriesLag: async () => status.consumers.find(({ name }) => name === 'series')?.lag,
    registration: acceptance.registration,
    quarantine: acceptance.quarantine,
    now: () => now,
    newId: () => `id-${++ids}`,
    eventPollIntervalMs: 5,
    onError,
    log: silentLogger,
  })
  return {
    app,
    records,
    series,
    ruleRollout,
    catalogDir: catalog,
    async runProjection() {
      for await (const { entries } of journal.scan('telemetry', 0)) await projection.handle(entries)
    },
    status,
    latestAccepted: accepted,
    journal,
    registration: acceptance.registration,
    deadLetterSources: deadLetterPlaces,
    reportedErrors: reported,
    reportedFields,
    async close() {
      await app.close()
      metrics.close()
      await acceptance.stop()
      await series.close()
      await records.close()
      await journal.close()
      await rm(folder, { recursive: true })
    },
  }
}

export function healthyStatus(): SystemStatus {
  return {
    ingest: {
      received: 7,
      stored: 4,
      duplicate: 1,
      quarantined: { not_json: 2 },
      storedInPart: 1,
      conflict: 1,
      quarantineEntries: 9,
      retried: { stored: 2 },
      values: { received: 12, stored: 8, duplicate: 2, ignored: 1, quarantined: { out_of_range: 1 } },
    },
    journal: {
      value: {
        bytes: 1_000,
        maxBytes: 2_000,
        backlogBytes: 680,
        full: false,
        streams: { telemetry: { tail: 0, head: 7 }, findings: { tail: 0, head: 1 } },
      },
    },
    consumers: [{ name: 'rules', stream: 'telemetry', lag: 3, deadLetters: 0 }],
    backpressure: undefined,
    queues: { value: [{ name: 'findings', waiting: 1, active: 0, delayed: 2, failed: 0 }] },
    sweep: { everyMs: 30_000, sinceCompletedMs: 4_000, completed: 12 },
    gateway: { url: 'mqtt://127.0.0.1:1883', connected: true, connections: 5 },
    channels: [],
    quarantineMaxBytes: 10_000,
    gaps: [],
    seriesValues: { value: 42 },
    records: {
      value: {
        devices: [{ kind: 'robot_vacuum', count: 1 }],
        tickets: [{ work_state: 'open', count: 1 }],
        notices: [],
        incidents: { open: 1, devices: 2_000, folded: 1_960 },
        quarantine: { waiting: 2, bytes: 900, dropped: 3, expired: 4, expiring: { count: 0, from: null } },
      },
    },
  }
}
