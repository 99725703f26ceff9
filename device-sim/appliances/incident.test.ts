import { expect, it } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { isDuring, planIncident } from './incident.ts'

const plan = (n: number) => planIncident(`7/vehicle-${n}`, { purpose: 'garage', from: 0, days: [9, 16] })

it('happens to one of five devices, within the first year', () => {
  const incidents = Array.from({ length: 40 }, (_, n) => plan(n)).filter((one) => one !== undefined)
  expect(incidents).toHaveLength(8)
  for (const { start, end } of incidents) {
    expect(start).toBeGreaterThan(30 * dayMs)
    expect(end - start).toBeGreaterThanOrEqual(9 * dayMs)
    expect(end).toBeLessThan(365 * dayMs)
  }
})

it('goes on from its start to its end', () => {
  expect([1, 2, 3, 4].map((at) => isDuring({ start: 2, end: 4 }, at))).toEqual([false, true, true, false])
  expect(isDuring(undefined, 1)).toBe(false)
})
