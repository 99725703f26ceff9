import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createFaultReporter } from '../../health/fault-reporter.ts'
import { rulesConsumerName } from '../../rules/consumer/rules-consumer.ts'
import type { DeviceState } from '../../rules/engine/engine.ts'
import { hotBatteryRule, rulesEntry, start } from '../../rules/testing/rules.ts'
import { runConsumerUpTo } from '../../rules/testing/run-consumer.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { createLogger } from './create-logger.ts'

const device = { id: 'phone-1', kind: 'phone' }
const detect = '{ threshold: { metric: battery_temp_c, above: 45 } }'

async function openJournal(): Promise<Journal> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-detector-error-'))
  const journal = await openLmdbJournal({ dir, maxBytes: 10_000_000, keepEntries: 100 })
  onTestFinished(async () => {
    await journal.close()
    await rm(dir, { recursive: true })
  })
  return journal
}

async function appendReading(journal: Journal, ts: number): Promise<void> {
  const reading = { device: device.id, ts, values: { battery_temp_c: 30 } }
  await journal.append('telemetry', [{ type: 'reading', receivedAt: ts, reading }])
}

/** Make the detector fail at its next reading: its state is not what its code expects. */
async function corruptDetectorState(journal: Journal): Promise<void> {
  const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
  const state = (await consumer.states([device.id])).get(device.id) as DeviceState
  const rules = Object.fromEntries(
    Object.entries(state.rules).map(([key, rule]) => [key, { ...rule, memory: null }]),
  )
  const cursor = await consumer.cursor()
  await consumer.commit({ cursor, state: new Map([[device.id, { ...state, rules }]]) })
}

it('a bug in a detector is one log line with the device, the rule and the place in the detector', async () => {
  const journal = await openJournal()
  await journal.append('telemetry', [rulesEntry([hotBatteryRule({ detect })])])
  await journal.append('telemetry', [{ type: 'device', receivedAt: start, device }])
  await appendReading(journal, start)
  expect(await runConsumerUpTo(journal)).toEqual([])
  await corruptDetectorState(journal)
  await appendReading(journal, start + 60_000)

  const written: string[] = []
  const log = createLogger({ level: 'info', format: 'json', write: (text) => written.push(text) })
  const faults = createFaultReporter(() => 0, log)
  for (const error of await runConsumerUpTo(journal)) faults.report(error, 'rules')

  const lines = written.map((line) => JSON.parse(line) as Record<string, unknown>)
  const reason = 'detector threshold of rule phone.battery_hot failed for device phone-1'
  expect(lines.filter(({ msg }) => String(msg).startsWith(reason))).toMatchObject([
    {
      level: 'error',
      component: 'rules',
      device: 'phone-1',
      rule: 'phone.battery_hot',
      detector: 'threshold',
      err: {
        type: 'DetectorError',
        cause: { type: 'TypeError' },
        stack: expect.stringMatching(
          /caused by: TypeError: .*\n +at .*rules\/detectors\/threshold\/threshold\.ts:\d+:\d+/,
        ),
      },
    },
  ])
  expect(lines.at(-1)).toMatchObject({ device: 'phone-1', err: { type: 'EntryDeadLetteredError' } })
})
