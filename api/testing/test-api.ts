import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { topics } from '../../contract/topics.ts'
import { createReadiness } from '../../health/readiness.ts'
import type { Status } from '../../health/status.ts'
import { createAcceptance } from '../../ingest/acceptance/acceptance.ts'
import { openRuleLife, type RuleLife } from '../../rules/rollout/rule-life.ts'
import { shippedKinds } from '../../rules/testing/rules.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { openRecords, type RecordsStore } from '../../store/records/open.ts'
import { createProjection } from '../../store/records/projection.ts'
import { ruleArchive } from '../../store/records/rule-archive.ts'
import { openDuckDbSeries } from '../../store/series/duckdb/duckdb-series.ts'
import type { SeriesStore } from '../../store/series/series.ts'
import { type DeadLetterPlace, deadLettersOf } from '../../workers/dead-letters.ts'
import { createApi } from '../api.ts'
import { now } from './samples.ts'

export interface TestApi {
  app: FastifyInstance
  records: RecordsStore
  series: SeriesStore
  ruleLife: RuleLife
  /** Of the rules; empty at first. */
  catalog: string
  /** Lets the records know what the journal says. */
  project(): Promise<void>
  /** What the program says of itself; tests change it. */
  status: Status
  /** Device → metric → the newest accepted value; empty at first. */
  accepted: Map<string, Map<string, { ts: number; value: number }>>
  journal: Journal
  /** Empty at first. */
  deadLetterPlaces: DeadLetterPlace[]
  /** What was reported as going wrong on the server. */
  reported: unknown[]
  close(): Promise<void>
}

/** The API over empty databases in memory, or with its records in the PostgreSQL of a URL. */
export async function openTestApi(url?: string): Promise<TestApi> {
  const reported: unknown[] = []
  const onError = (error: unknown) => {
    reported.push(error)
  }
  const records = await openRecords({ url, onError })
  const series = await openDuckDbSeries({ path: ':memory:' })
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-api-'))
  const catalog = join(folder, 'catalog')
  await mkdir(catalog)
  const journal = await openLmdbJournal({
    dir: join(folder, 'journal'),
    maxBytes: 10_000_000,
    keepEntries: 100,
  })
  const vocabulary = { kinds: shippedKinds }
  const archive = ruleArchive(records.db)
  const ruleLife = await openRuleLife({ journal, vocabulary, folder: catalog, archive, now: () => now })
  const projection = createProjection(records.db)
  const status = soundStatus()
  const accepted: TestApi['accepted'] = new Map()
  const deadLetterPlaces: DeadLetterPlace[] = []
  let ids = 0
  const acceptance = createAcceptance({
    journal,
    kinds: { hasKind: (kind) => shippedKinds.has(kind), metricRange: () => undefined },
    topics: topics('pm/v1'),
    now: () => now,
    newId: () => `q-${++ids}`,
    enrolment: 'closed',
  })
  await acceptance.start()
  const judge = createReadiness(() => now)
  const app = await createApi({
    version: '0.0.0',
    records: records.db,
    ruleLife,
    series,
    status: async () => status,
    readiness: async () => judge(status),
    deadLetters: deadLettersOf(deadLetterPlaces),
    latestAccepted: (device) => accepted.get(device) ?? new Map(),
    seriesBehind: async () => status.consumers.find(({ name }) => name === 'series')?.lag,
    enrolment: acceptance.enrolment,
    now: () => now,
    newId: () => `id-${++ids}`,
    eventsEveryMs: 5,
    onError,
  })
  return {
    app,
    records,
    series,
    ruleLife,
    catalog,
    async project() {
      for await (const { entries } of journal.scan('telemetry', 0)) await projection.handle(entries)
    },
    status,
    accepted,
    journal,
    deadLetterPlaces,
    reported,
    async close() {
      await app.close()
      await acceptance.stop()
      await series.close()
      await records.close()
      await journal.close()
      await rm(folder, { recursive: true })
    },
  }
}

export function soundStatus(): Status {
  return {
    ingest: { received: 7, stored: 4, duplicate: 1, quarantined: { not_json: 2 }, unkept: 1 },
    journal: {
      value: {
        bytes: 1_000,
        maxBytes: 2_000,
        backlogBytes: 680,
        full: false,
        streams: { telemetry: { tail: 0, head: 7 }, findings: { tail: 0, head: 1 } },
      },
    },
    consumers: [{ name: 'rules', stream: 'telemetry', lag: 3, aside: 0 }],
    heldBack: undefined,
    queues: { value: [{ name: 'findings', waiting: 1, active: 0, delayed: 2, failed: 0 }] },
    gateway: { url: 'mqtt://127.0.0.1:1883', connected: true, connections: 5 },
    channels: [],
    seriesValues: { value: 42 },
    records: {
      value: {
        devices: [{ kind: 'robot_vacuum', count: 1 }],
        tickets: [{ work_state: 'open', count: 1 }],
        notices: [],
        incidents: { open: 1, devices: 2_000, folded: 1_960 },
      },
    },
  }
}
