import { expect, it } from 'vitest'
import { areBackendsInstalled } from '../load/backends.ts'
import type { DisruptedComponent, DisruptionMode } from './disruption.ts'
import { runOutage } from './outage.ts'
import { createReport } from './report.ts'

const size = { minutes: 0.1, rate: 40, devices: 20, warmUpSeconds: 3 }

/** Define a test that takes a component away for six seconds under load and looks for all that was acknowledged. */
export function testOutage(component: DisruptedComponent, mode: DisruptionMode): void {
  it.skipIf(!areBackendsInstalled())(
    `an outage under load of ${component} (${mode}) loses nothing that was acknowledged`,
    { timeout: 240_000 },
    async () => {
      const settings = { ...size, component, mode }
      const { signal } = new AbortController()
      const outcome = await runOutage({ ...settings, signal, onSample: () => undefined })
      const report = createReport(settings, outcome)
      expect(report).toMatchObject({ component, missing: [], lost: 0, storedTwice: 0, duplicateNotices: 0 })
      expect(report.acknowledged).toBeGreaterThan(0)
    },
  )
}
