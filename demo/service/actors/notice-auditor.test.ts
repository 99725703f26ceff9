import { expect, it } from 'vitest'
import { generateFleet } from '../../../device-sim/household.ts'
import { generateOwners, type SimulatedOwner } from '../../../device-sim/people/owner.ts'
import { NoticeAuditor, type PhoneDelivery } from './notice-auditor.ts'

const [someone] = generateOwners(7, generateFleet(7, 1)) as [SimulatedOwner]
const owner = { ...someone, timeZone: 'Europe/Berlin', quietFrom: '22:00', quietUntil: '07:00' }

function observe(...deliveries: Partial<PhoneDelivery>[]) {
  const observer = new NoticeAuditor([owner])
  const usual = { user: owner.id, title: 'A filter', body: 'is clogging', urgent: false, at: 0 }
  for (const [n, delivery] of deliveries.entries()) {
    observer.record({ ...usual, notice: `n-${n}`, body: `is clogging ${n}`, ...delivery })
  }
  return observer.counts
}

it('applies quiet hours in the time zone of the owner, over midnight and over the change to summer time', () => {
  const broken = (at: string) => observe({ at: Date.parse(at) }).quietHoursViolations
  expect(broken('2026-04-01T20:00:00Z')).toBe(1)
  expect(broken('2026-04-01T19:59:00Z')).toBe(0)
  expect(broken('2026-04-01T04:59:00Z')).toBe(1)
  expect(broken('2026-04-01T05:00:00Z')).toBe(0)
  expect(broken('2026-03-28T05:30:00Z')).toBe(1)
  expect(broken('2026-03-29T05:30:00Z')).toBe(0)
})

it('allows urgent notices, and counts them', () => {
  const night = Date.parse('2026-04-01T22:00:00Z')
  expect(observe({ at: night, urgent: true })).toMatchObject({
    quietHoursViolations: 0,
    urgentInQuietHours: 1,
  })
})

it('counts a repeated notice, and equal texts on the same day', () => {
  const hour = 3_600_000
  expect(observe({ notice: 'n' }, { notice: 'n', at: 48 * hour }).duplicateNotices).toBe(1)
  expect(observe({ body: 'same' }, { body: 'same', at: 23 * hour }).duplicateNotices).toBe(1)
  expect(observe({ body: 'same' }, { body: 'same', at: 24 * hour }).duplicateNotices).toBe(0)
  expect(observe({}, {}).duplicateNotices).toBe(0)
})

it('does not count notices to technicians', () => {
  expect(observe({ user: 't-1' })).toMatchObject({ delivered: 0 })
})
