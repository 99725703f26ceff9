import { describe, expect, it } from 'vitest'
import { dayMs, hourMs, secondMs } from '../../lib/time.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { findingAt, makeFinding } from '../testing/findings.ts'
import { IncidentFleet, raisedBy } from '../testing/incident-fleet.ts'

describeEachDatabase('incidents', (records) => {
  const { announce, handle, flood, sweepAfter, incidents, count } = new IncidentFleet(records)

  describe('an alarm flood', () => {
    it('is one incident once more than twenty devices raise the same', async () => {
      await announce(100)
      await flood(0, 100)
      expect(await count('tickets')).toBe(20)
      expect(await count('notices')).toBe(20)
      expect(await count('findings')).toBe(100)
      expect(await incidents()).toMatchObject([
        {
          rule: 'robot_vacuum.battery_worn',
          kind: 'robot_vacuum',
          scope: 'kind',
          subject: 'robot_vacuum',
          state: 'open',
          severity: 'minor',
          threshold: 20,
          devices: 100,
          folded: 80,
          opened_at: new Date(findingAt),
          last_at: new Date(findingAt + 99 * secondMs),
        },
      ])
    })

    it('allows for a share of a large fleet', async () => {
      await announce(3_000)
      await flood(0, 80)
      expect(await count('tickets')).toBe(60)
      expect(await incidents()).toMatchObject([{ threshold: 60, devices: 80, folded: 20 }])
    })

    it('is detected by event time, whatever the order and speed of arrival', async () => {
      await announce(60)
      const findings = Array.from({ length: 60 }, (_, n) => raisedBy(n))
      await handle(findings.toReversed())
      expect(await incidents()).toMatchObject([{ devices: 60, folded: 40, opened_at: new Date(findingAt) }])
      const apart = findings.map((finding, n) => ({
        ...finding,
        id: `${finding.id}-late`,
        epoch: 1,
        at: findingAt + (n + 2) * hourMs,
      }))
      await handle(apart)
      expect(await incidents()).toHaveLength(1)
      expect(await count('tickets')).toBe(20 + 60)
    })

    it('counts devices, not repeated findings of one device', async () => {
      await announce(100)
      await handle(Array.from({ length: 60 }, (_, n) => raisedBy(0, { id: `f-again-${n}` })))
      expect(await incidents()).toEqual([])
    })

    it('has one effect when a finding is recorded twice', async () => {
      await announce(40)
      await flood(0, 40)
      const before = [await incidents(), await count('tickets'), await count('notices')]
      await flood(0, 40)
      expect([await incidents(), await count('tickets'), await count('notices')]).toEqual(before)
    })

    it('opens one incident when workers group concurrently', async () => {
      await announce(120)
      const findings = Array.from({ length: 120 }, (_, n) => raisedBy(n))
      await Promise.all(findings.map((finding) => handle([finding])))
      expect(await count('tickets')).toBe(20)
      expect(await incidents()).toMatchObject([{ devices: 120, folded: 100 }])
    })

    it('does not include calendar findings or shadow findings', async () => {
      await announce(40)
      const calendar = { detector: 'calendar', points: [] }
      await flood(0, 40, { evidence: calendar })
      const service = {
        evidence: { detector: 'any', points: [], parts: [calendar] },
        rule: 'robot_vacuum.service',
      }
      await handle(Array.from({ length: 40 }, (_, n) => raisedBy(n, { ...service, id: `p-${n}` })))
      await handle(Array.from({ length: 40 }, (_, n) => raisedBy(n, { id: `s-${n}`, shadow: true })))
      expect(await incidents()).toEqual([])
    })

    it('is detected for rules without ticket and notice, too', async () => {
      await announce(40)
      const { notice: _notice, ticket: _ticket, ...mark } = makeFinding({ rule: 'sensor.filter_dp_pa' })
      await handle(
        Array.from({ length: 40 }, (_, n) => ({
          ...mark,
          id: `m-${n}`,
          device: `rv-${n}`,
          component: 'device',
        })),
      )
      expect(await incidents()).toMatchObject([{ rule: 'sensor.filter_dp_pa', devices: 40, folded: 20 }])
      expect(await count('tickets')).toBe(0)
    })

    it('is not detected among unknown devices', async () => {
      await flood(0, 40)
      expect(await incidents()).toEqual([])
      expect(await count('tickets')).toBe(40)
    })
  })

  it('a shift of a whole firmware is an incident until its rule clears', async () => {
    await announce(30, (n) => ({ model: 'RV-20', firmware: n < 25 ? '2.1.0' : '2.0.0' }))
    const { notice: _notice, ticket: _ticket, ...finding } = makeFinding()
    const shift = { ...finding, id: 'f-shift', device: 'fleet:robot_vacuum/RV-20/2.1.0' }
    await handle([shift, shift])
    expect(await incidents()).toMatchObject([
      { scope: 'firmware', subject: 'RV-20/2.1.0', state: 'open', threshold: null, devices: 25, folded: 0 },
    ])
    await sweepAfter(5 * dayMs)
    expect(await incidents()).toMatchObject([{ state: 'open' }])
    await handle([{ ...shift, id: 'f-back', state: 'cleared', at: findingAt + 6 * dayMs }])
    const closed = [{ state: 'closed', last_at: new Date(findingAt + 6 * dayMs) }]
    expect(await incidents()).toMatchObject(closed)
    expect(await count('tickets')).toBe(0)

    await deleteAllRecords(records())
    await handle([{ ...shift, id: 'f-back', state: 'cleared', at: findingAt + 6 * dayMs }, shift])
    expect(await incidents()).toMatchObject(closed)
  })
})
