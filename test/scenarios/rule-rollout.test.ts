import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectAsync, type MqttClient } from 'mqtt'
import { expect, it, onTestFinished } from 'vitest'
import { hourMs } from '../../lib/time.ts'
import { rulesConsumerName } from '../../rules/consumer/rules-consumer.ts'
import { hotBatteryRule } from '../../rules/testing/rules.ts'
import { readFindings, readTelemetry, runConsumerUpTo } from '../../rules/testing/run-consumer.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { openRecords } from '../../store/records/records-store.ts'
import { freePort } from '../support/ports.ts'
import { eventually, Program } from '../support/program.ts'
import { type CommandRun, runCommand } from '../support/run-command.ts'

const devices = 10
const readingsBetween = 500
const inFlight = 4
const ticket = 'then: { ticket: { sla: level3 } }\n'
const hot = `${hotBatteryRule()}${ticket}`
const above = (limit: number) => hot.replace('above: 45', `above: ${limit}`)
const warm = `${hotBatteryRule({ rule: 'phone.battery_warm', detect: '{ threshold: { metric: battery_temp_c, above: 41 } }' })}${ticket}`
const rule = 'phone.battery_hot'

/** Phones whose batteries go from 30 to 50 degrees and back within some days; they publish until they are told to end. */
class Flood {
  acked = 0
  #ends = false
  readonly #first = Date.now() - 40_000 * hourMs
  readonly #running: Promise<unknown>[]

  constructor(clients: readonly MqttClient[]) {
    this.#running = clients.map((client, index) => this.#publish(client, index))
  }

  async #publish(client: MqttClient, index: number): Promise<void> {
    const topic = `pm/v1/devices/phone-${index}`
    const announcement = JSON.stringify({ state: 'online', kind: 'phone', owner: 'u-1' })
    await client.publishAsync(`${topic}/state`, announcement, { qos: 1, retain: true })
    let seq = 0
    const sender = async () => {
      while (!this.#ends) {
        const number = seq++
        const values = { battery_temp_c: 40 + 10 * Math.sin(number / 15 + index) }
        const reading = { ts: this.#first + number * hourMs, boot: 1, seq: number, values }
        await client.publishAsync(`${topic}/telemetry`, JSON.stringify(reading), { qos: 1 })
        this.acked += 1
        // Some of the machine is left to the other programs.
        await sleep(10)
      }
    }
    await Promise.all(Array.from({ length: inFlight }, sender))
  }

  async more(readings: number): Promise<void> {
    const goal = this.acked + readings
    await eventually(async () => this.acked >= goal || undefined)
  }

  async end(): Promise<void> {
    this.#ends = true
    await Promise.all(this.#running)
  }
}

/** The program on one data folder, over kills. */
class Installation {
  readonly folder: string
  readonly env: Record<string, string>
  program: Program

  constructor(folder: string, ports: { http: number; mqtt: number }) {
    this.folder = folder
    this.env = {
      FOREWARN_DATA_DIR: join(folder, 'data'),
      FOREWARN_RULES_CATALOG_DIR: join(folder, 'catalog'),
      FOREWARN_RULES_DISABLED: '*',
      FOREWARN_HTTP_PORT: String(ports.http),
      FOREWARN_MQTT_PORT: String(ports.mqtt),
      FOREWARN_JOURNAL_KEEP_ENTRIES: '1000000',
    }
    this.program = new Program(['up'], this.env)
  }

  async killAndRestart(): Promise<void> {
    await this.program.terminate('SIGKILL')
    this.program = new Program(['up'], this.env)
    await this.started()
  }

  async started(): Promise<void> {
    await eventually(async () => this.program.stderr.includes('devices publish to') || undefined)
  }

  catalog(text: string, file = 'hot.yaml'): Promise<void> {
    return writeFile(join(this.folder, 'catalog', file), text)
  }

  async trial(text: string): Promise<void> {
    const file = join(this.folder, 'trial.yaml')
    await writeFile(file, text)
    await this.rules('shadow', file)
  }

  async rules(...args: string[]): Promise<CommandRun> {
    const asked = await runCommand(['rules', ...args, '--json'], this.env)
    expect(asked.code, asked.stderr).toBe(0)
    return asked
  }

  /** Everything behind the journal has done its work. */
  async idle(): Promise<void> {
    await eventually(async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${this.env.FOREWARN_HTTP_PORT}/metrics`)).text()
      const waits =
        /(consumer_lag_entries\{.*\}|queue="findings",state="(waiting|active|delayed)"\}) [1-9]/.test(metrics)
      return waits ? undefined : true
    })
  }
}

async function copyOf(journal: Journal, dir: string): Promise<Journal> {
  const copy = await openLmdbJournal({ dir, maxBytes: 2 ** 30, keepEntries: 1_000_000 })
  await copy.append('telemetry', await readTelemetry(journal), { facts: await journal.facts('device/') })
  return copy
}

async function statesOf(journal: Journal): Promise<unknown> {
  const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
  return consumer.states(Array.from({ length: devices }, (_, n) => `phone-${n}`))
}

it('rules are reloaded, tried, promoted and rolled back in a flood with kills, and no finding is lost', {
  timeout: 400_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-rules-life-'))
  await mkdir(join(folder, 'catalog'))
  await writeFile(join(folder, 'catalog', 'hot.yaml'), hot)
  const ports = { http: await freePort(), mqtt: await freePort() }
  const forewarn = new Installation(folder, ports)
  const clients: MqttClient[] = []
  onTestFinished(async () => {
    await Promise.all(clients.map((client) => client.endAsync(true)))
    await forewarn.program.terminate('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })
  await forewarn.started()

  for (let index = 0; index < devices; index++) {
    const clientId = `phone-${index}`
    const client = await connectAsync(`mqtt://127.0.0.1:${ports.mqtt}`, { clientId, reconnectPeriod: 100 })
    // What a killed broker does to a connection is what this test is about.
    client.on('error', () => undefined)
    clients.push(client)
  }
  const flood = new Flood(clients)
  const steps = [
    () => forewarn.trial(above(42)),
    () => forewarn.killAndRestart(),
    () => forewarn.catalog(warm, 'warm.yaml').then(() => forewarn.rules('reload')),
    () => forewarn.rules('promote', rule),
    () => forewarn.killAndRestart(),
    () => forewarn.trial(above(48)),
    () =>
      forewarn.catalog(`${warm}for: 12h\n`, 'warm.yaml').then(() => forewarn.program.child.kill('SIGHUP')),
    () => forewarn.rules('withdraw', rule),
    () => forewarn.rules('rollback', rule),
    () => forewarn.killAndRestart(),
    () => forewarn.trial(above(46)),
  ]
  for (const step of steps) {
    await flood.more(readingsBetween)
    await step()
  }
  await flood.more(readingsBetween)
  await flood.end()
  await forewarn.idle()
  const compared = (await forewarn.rules('compare', rule)).result<{ counts: object }>()
  const listed = (await forewarn.rules('list')).result<{ rules: { status: string; trial: object }[] }>()
  expect(listed.rules.map(({ status }) => status)).toEqual(['live', 'shadow', 'live'])
  expect(listed.rules[1]?.trial).toEqual(compared.counts)
  expect((await forewarn.program.terminate('SIGTERM')).code).toBe(0)

  const journal = await openLmdbJournal({
    dir: join(folder, 'data', 'journal'),
    maxBytes: 2 ** 30,
    keepEntries: 1_000_000,
  })
  const uninterrupted = await copyOf(journal, join(folder, 'copy'))
  await runConsumerUpTo(uninterrupted)
  const found = await readFindings(journal)
  expect(found).toEqual(await readFindings(uninterrupted))
  expect(found.some(({ shadow }) => shadow)).toBe(true)
  const rules = (await readTelemetry(journal)).filter((entry) => entry.type === 'rules')
  expect(rules.map(({ why }) => why)).toEqual([
    'start',
    'trial',
    'reload',
    'promote',
    'trial',
    'reload',
    'withdraw',
    'rollback',
    'trial',
  ])
  expect(await statesOf(journal)).toEqual(await statesOf(uninterrupted))
  await uninterrupted.close()
  await journal.close()

  const records = await openRecords({
    dir: join(folder, 'data', 'records'),
    onError: (error) => {
      throw error
    },
  })
  const recorded = await records.db
    .selectFrom('findings')
    .select(['id', 'shadow', 'ticket_id'])
    .orderBy('id')
    .execute()
  await records.close()
  expect(recorded.map(({ id }) => id)).toEqual(found.map(({ id }) => id))
  expect(recorded.filter(({ shadow, ticket_id }) => shadow === (ticket_id !== null))).toEqual([])
})
