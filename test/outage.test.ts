import { describe, expect, it } from 'vitest'
import { areBackendsInstalled } from './load/backends.ts'
import type { DisruptedComponent, DisruptionMode } from './outage/disruption.ts'
import { runOutage } from './outage/outage.ts'
import { createReport } from './outage/report.ts'

const size = { minutes: 0.1, rate: 40, devices: 20, warmUpSeconds: 3 }

/** Mosquitto forgets what it has not saved when it is killed: here it hangs. */
const cases: [DisruptedComponent, DisruptionMode][] = [
  ['broker', 'pause'],
  ['journal', 'kill'],
  ['journal', 'cut'],
  ['redis', 'kill'],
  ['postgres', 'kill'],
  ['influx', 'kill'],
  ['program', 'kill'],
]

describe.skipIf(!areBackendsInstalled())('an outage under load', () => {
  it.each(cases)(
    'of %s (%s) loses nothing that was acknowledged',
    { timeout: 240_000 },
    async (component, mode) => {
      const settings = { ...size, component, mode }
      const { signal } = new AbortController()
      const report = createReport(
        settings,
        await runOutage({ ...settings, signal, onSample: () => undefined }),
      )
      expect(report).toMatchObject({ component, missing: [], lost: 0, storedTwice: 0, duplicateNotices: 0 })
      expect(report.acknowledged).toBeGreaterThan(0)
    },
  )
})
