import { describe, expect, it } from 'vitest'
import { backends, hasBackends } from './load/production.ts'
import { parts } from './outage/disturbed.ts'
import { outage } from './outage/outage.ts'
import { reportOf } from './outage/report.ts'

// By then the broker has saved whose session it keeps, which it does every ten seconds.
const size = { minutes: 0.1, rate: 40, devices: 20, warmUpSeconds: 12 }

async function measure(part: (typeof parts)[number], way: 'kill' | 'pause' | 'cut') {
  const settings = { ...size, part, way }
  const { signal } = new AbortController()
  return reportOf(settings, await outage({ ...settings, signal, onMoment: () => undefined }))
}

const complete = { lost: 0, storedTwice: 0, duplicateNotices: 0 }

describe.skipIf(!hasBackends())('an outage under load', () => {
  it.each(parts)('of a killed %s loses nothing that was acknowledged', { timeout: 240_000 }, async (part) => {
    const report = await measure(part, 'kill')
    expect(report).toMatchObject({ part, ...complete })
    expect(report.acknowledged).toBeGreaterThan(0)
  })

  it.each(backends)('of a %s that is cut off loses nothing either', { timeout: 240_000 }, async (backend) => {
    const report = await measure(backend, 'cut')
    expect(report).toMatchObject({ part: backend, ...complete })
    expect(report.said).not.toEqual([])
  })
})
