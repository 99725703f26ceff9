import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { freePort } from '../../../test/support/ports.ts'
import { eventually, Program } from '../../../test/support/program.ts'
import { vacuumMetrics } from '../../load/robot-vacuum.ts'
import { JournalReader } from './journal-progress.ts'
import { readMetric } from './read-metric.ts'

export interface ForewarnProgramOptions {
  /** Data folder to start from; it is copied. */
  template?: string
  /** Data folder to run in. Default: a new one. */
  dataDir?: string
  env: Readonly<Record<string, string>>
}

/** The program did not become ready; the message ends with what it said last. */
class NotReadyError extends Error {
  override readonly name = 'NotReadyError'
}

/** `/metrics` costs the program itself something. */
const pollMs = 250

/** The pinned rules of robot vacuums, and no others. */
export const pinnedRules = {
  FOREWARN_RULES_DISABLED: '*',
  FOREWARN_RULES_CATALOG_DIR: join(import.meta.dirname, '..', '..', 'rules'),
}

/** The pinned rules, and one of phones whose notices are sent at once. */
export const rulesOfPhones = {
  FOREWARN_RULES_DISABLED: '*',
  FOREWARN_RULES_CATALOG_DIR: `${pinnedRules.FOREWARN_RULES_CATALOG_DIR},${join(import.meta.dirname, '..', '..', 'rules-of-phones')}`,
  FOREWARN_MQTT_MAX_SUBSCRIPTIONS: '10000',
}

/** No rule at all. */
export const noRules = { FOREWARN_RULES_DISABLED: '*' }

/** The program as it is built, on embedded backends, in a folder of its own. */
export class ForewarnProgram {
  readonly dataDir: string
  readonly httpUrl: string
  readonly mqttPort: number
  /** From the start of the process until `/readyz` was healthy, ms. */
  readyMs = Number.NaN
  readonly #program: Program

  /** @throws NotReadyError */
  static async start({ template, dataDir: present, env }: ForewarnProgramOptions): Promise<ForewarnProgram> {
    const dataDir = present ?? (await mkdtemp(join(tmpdir(), 'forewarn-bench-data-')))
    if (template !== undefined) await cp(template, dataDir, { recursive: true })
    const [http, mqtt] = [await freePort(), await freePort()]
    const begun = performance.now()
    const program = new Program(['up', '--json'], {
      FOREWARN_DATA_DIR: dataDir,
      FOREWARN_HTTP_PORT: `${http}`,
      FOREWARN_MQTT_PORT: `${mqtt}`,
      // The load is that of many devices, which come over few connections in some sections.
      FOREWARN_MQTT_MAX_MESSAGE_RATE: '1000000',
      FOREWARN_LOG_LEVEL: 'warn',
      ...env,
    })
    const started = new ForewarnProgram(program, { dataDir, http, mqtt })
    await started.#waitUntilReady()
    started.readyMs = performance.now() - begun
    return started
  }

  private constructor(
    program: Program,
    { dataDir, http, mqtt }: { dataDir: string; http: number; mqtt: number },
  ) {
    this.#program = program
    this.dataDir = dataDir
    this.httpUrl = `http://127.0.0.1:${http}`
    this.mqttPort = mqtt
  }

  get mqttUrl(): string {
    return `mqtt://127.0.0.1:${this.mqttPort}`
  }

  get pid(): number {
    return this.#program.child.pid ?? 0
  }

  /** Return what `/metrics` says, NaN where it leaves something out; each call begins a new period of the event-loop delay. */
  async metrics() {
    const response = await fetch(`${this.httpUrl}/metrics`)
    const text = await response.text()
    return {
      stored: readMetric(text, 'forewarn_readings_stored_total'),
      lag: readMetric(text, 'forewarn_consumer_lag_entries'),
      findings: readMetric(text, 'forewarn_findings_total') || 0,
      devices: readMetric(text, 'forewarn_devices'),
      heapBytes: readMetric(text, 'nodejs_heap_size_used_bytes'),
      eventLoopP99Ms: readMetric(text, 'nodejs_eventloop_lag_p99_seconds') * 1_000,
      eventLoopMaxMs: readMetric(text, 'nodejs_eventloop_lag_max_seconds') * 1_000,
    }
  }

  /** Wait until every consumer has read the journal to its end. */
  async waitUntilDrained(): Promise<void> {
    const journal = new JournalReader(this.dataDir)
    while (journal.progress().lag > 0) await sleep(pollMs)
    await journal.close()
  }

  /** Wait until the records have so many devices: a notice to the owner of another one would wait for it. */
  async waitUntilRegistered(devices: number): Promise<void> {
    while (!((await this.metrics()).devices >= devices)) await sleep(pollMs)
  }

  /** End the program in order; its folder stays. */
  async end(): Promise<void> {
    await this.#program.terminate('SIGTERM')
  }

  async remove(): Promise<void> {
    await this.end()
    await rm(this.dataDir, { recursive: true, force: true })
  }

  async #waitUntilReady(): Promise<void> {
    await eventually(async () => {
      if (this.#program.child.exitCode !== null) {
        throw new NotReadyError(`forewarn ended: ${this.#program.stderr.slice(-2_000)}`)
      }
      const answer = await fetch(`${this.httpUrl}/readyz`).catch(() => undefined)
      return answer?.ok || undefined
    })
  }
}

/** Count in the series of a data folder the readings of the load since a time, ms, by its rarest metric. */
export async function countStoredReadings(dataDir: string, since: number): Promise<number> {
  const path = join(dataDir, 'series.duckdb')
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' })
  const connection = await instance.connect()
  const values = await connection.runAndReadAll(`
    SELECT metric, count(*)::DOUBLE AS n
    FROM (SELECT * FROM hot UNION ALL SELECT * FROM cold) JOIN series ON series.id = series
    WHERE ts >= ${since} GROUP BY metric`)
  connection.closeSync()
  instance.closeSync()
  const counts = new Map(values.getRows().map(([metric, n]) => [String(metric), Number(n)]))
  return Math.min(...vacuumMetrics.map((metric) => counts.get(metric) ?? 0))
}
