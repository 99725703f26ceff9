import { describe, expect, it } from 'vitest'
import { hasBackends } from './load/production.ts'
import type { Part, Way } from './outage/disturbed.ts'
import { outage } from './outage/outage.ts'
import { reportOf } from './outage/report.ts'

const size = { minutes: 0.1, rate: 40, devices: 20, warmUpSeconds: 3 }

/** Mosquitto forgets what it has not saved when it is killed: here it hangs. */
const cases: [Part, Way][] = [
  ['broker', 'pause'],
  ['journal', 'kill'],
  ['journal', 'cut'],
  ['redis', 'kill'],
  ['postgres', 'kill'],
  ['influx', 'kill'],
  ['program', 'kill'],
]

describe.skipIf(!hasBackends())('an outage under load', () => {
  it.each(cases)(
    'of %s (%s) loses nothing that was acknowledged',
    { timeout: 240_000 },
    async (part, way) => {
      const settings = { ...size, part, way }
      const { signal } = new AbortController()
      const report = reportOf(settings, await outage({ ...settings, signal, onMoment: () => undefined }))
      expect(report).toMatchObject({ part, missing: [], lost: 0, storedTwice: 0, duplicateNotices: 0 })
      expect(report.acknowledged).toBeGreaterThan(0)
    },
  )
})
