import { expect, test } from 'vitest'
import { names, startTestAcceptance } from '../testing/test-acceptance.ts'
import { openTestJournal } from '../testing/test-journal.ts'
import { testTime as now } from '../testing/test-messages.ts'

test('the newest values of a device are known, after a restart too, whatever order they came in', async () => {
  const { journal, remove } = await openTestJournal()
  const started = () => startTestAcceptance({ journal, now: () => now })
  const first = await started()
  const send = (topic: string, said: object) =>
    first.accept({ topic, payload: Buffer.from(JSON.stringify(said)) })
  await send(names.state('d-1'), { state: 'online', kind: 'phone' })
  await send(names.telemetry('d-1'), { ts: now, values: { battery_temp_c: 20 } })
  const older = { battery_temp_c: 10, battery_health_pct: 91 }
  await send(names.telemetry('d-1'), { ts: now - 1, values: older })

  const newest = [
    ['battery_temp_c', { ts: now, value: 20 }],
    ['battery_health_pct', { ts: now - 1, value: 91 }],
  ]
  expect([...first.latestValues('d-1')]).toEqual(newest)
  expect([...(await started()).latestValues('d-1')]).toEqual(newest)
  expect(first.latestValues('d-2').size).toBe(0)
  await remove()
})
