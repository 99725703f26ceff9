import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { expect, onTestFinished, vi } from 'vitest'
import { loadSettings } from '../../app/settings/load.ts'
import type { Forewarn } from '../../app/wiring/forewarn.ts'
import { startForewarn } from '../../app/wiring/start-forewarn.ts'
import type { HealthCheck } from '../../health/readiness.ts'
import type { LogFields } from '../../lib/logging/logger.ts'
import { createRecordingLogger } from '../../lib/testing/recording-logger.ts'

const rule = `
rule: phone.hot
kind: phone
component: battery
detect: { threshold: { metric: battery_temp_c, above: 45 } }
severity: major
then: { notice: battery_replacement, ticket: { sla: level3 } }
tests: [{ name: cool, series: { battery_temp_c: "25x4 every 6h" }, expect: [] }]
`

/** Tickets and notices of a run, in an order that does not depend on time. */
export interface Outcome {
  tickets: { device: string; rule: string; condition: string }[]
  notices: string[]
}

/** One installation, in this process, whose parts a test sets back between its runs. */
export class Installation {
  readonly dataDir: string
  readonly #env: Record<string, string>
  #forewarn: Forewarn | undefined
  readonly events: LogFields[] = []

  constructor(dataDir: string, env: Record<string, string>) {
    this.dataDir = dataDir
    this.#env = { FOREWARN_DATA_DIR: dataDir, FOREWARN_HTTP_PORT: '0', FOREWARN_MQTT_PORT: '0', ...env }
  }

  get forewarn(): Forewarn {
    if (this.#forewarn === undefined) throw new TypeError('the installation is not started')
    return this.#forewarn
  }

  async start(): Promise<void> {
    const { settings } = loadSettings({ env: this.#env, cwd: this.dataDir })
    const { log, lines } = createRecordingLogger()
    this.#forewarn = await startForewarn({ settings, version: 'test', now: Date.now, onError: () => {}, log })
    this.events.splice(0, this.events.length, ...lines.map(({ fields }) => fields))
  }

  async stop(): Promise<void> {
    await this.#forewarn?.stop()
    this.#forewarn = undefined
  }

  /** Announce phones and send a hot reading of each; return when all of it is processed. */
  async overheat(...phones: readonly string[]): Promise<void> {
    await this.sendHot(...phones)
    await this.waitForTickets(phones)
  }

  /** Announce phones and send a hot reading of each; return when these are acknowledged. */
  async sendHot(...phones: readonly string[]): Promise<void> {
    const client = await connectAsync(this.forewarn.mqttUrl, { clientId: `gateway-${phones[0]}` })
    const publish = (phone: string, topic: string, payload: object) =>
      client.publishAsync(`pm/v1/devices/${phone}/${topic}`, JSON.stringify(payload), {
        qos: 1,
        retain: topic === 'state',
      })
    for (const phone of phones)
      await publish(phone, 'state', { state: 'online', kind: 'phone', owner: `owner-of-${phone}` })
    // A finding of a device that is not recorded yet gets its notice from the next sweep only.
    await this.#waitForDevices(phones)
    for (const phone of phones)
      await publish(phone, 'telemetry', { ts: Date.now() - 60_000, values: { battery_temp_c: 60 } })
    await client.endAsync()
  }

  async #waitForDevices(phones: readonly string[]): Promise<void> {
    const known = this.forewarn.records.selectFrom('devices').select('id').where('id', 'in', phones)
    await vi.waitFor(async () => expect(await known.execute()).toHaveLength(phones.length), {
      timeout: 20_000,
    })
  }

  async waitForTickets(phones: readonly string[], timeoutMs = 20_000): Promise<void> {
    await vi.waitFor(
      async () => {
        const { tickets, notices } = await this.outcome()
        const devices = new Set(tickets.map(({ device }) => device))
        expect(phones.filter((phone) => !devices.has(phone))).toEqual([])
        expect(
          phones.filter((phone) => !notices.some((notice) => notice.startsWith(`owner-of-${phone} `))),
        ).toEqual([])
      },
      { timeout: timeoutMs, interval: 50 },
    )
  }

  async outcome(): Promise<Outcome> {
    const { records } = this.forewarn
    const tickets = await records
      .selectFrom('tickets')
      .select(['device_id as device', 'rule', 'condition'])
      .orderBy('device_id')
      .execute()
    const notices = await records.selectFrom('notices').select(['user_id', 'id']).orderBy('user_id').execute()
    return { tickets, notices: notices.map(({ user_id, id }) => `${user_id} ${id}`) }
  }

  /** The check of gaps in /readyz. */
  async recovery(): Promise<HealthCheck | undefined> {
    return (await this.forewarn.checks()).find(({ name }) => name === 'recovery')
  }

  async metrics(): Promise<string[]> {
    return (await (await fetch(`${this.forewarn.httpUrl}/metrics`)).text()).split('\n')
  }

  /** Gaps that the log of this start reports. */
  get loggedGaps(): LogFields[] {
    return this.events.filter(({ event }) => event === 'journal_gap')
  }

  /** Copy a file or folder of the data folder; return a function that puts the copy back in its place. */
  async keep(name: string): Promise<() => Promise<void>> {
    const path = join(this.dataDir, name)
    const copy = join(this.dataDir, `${name}-kept`)
    await cp(path, copy, { recursive: true })
    return async () => {
      await rm(path, { recursive: true })
      await cp(copy, path, { recursive: true })
    }
  }
}

/** Create an installation with one rule, in a folder that is removed after the test. */
export async function createInstallation(env: Record<string, string> = {}): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-recovery-'))
  const dataDir = join(folder, 'data')
  const catalog = join(folder, 'catalog')
  await mkdir(catalog)
  await mkdir(dataDir)
  await writeFile(join(catalog, 'phone.hot.yaml'), rule)
  const installation = new Installation(dataDir, { FOREWARN_RULES_CATALOG_DIR: catalog, ...env })
  onTestFinished(async () => {
    await installation.stop()
    await rm(folder, { recursive: true, force: true })
  })
  return installation
}
