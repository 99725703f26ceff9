import { describe, expect, it } from 'vitest'
import { dayMs, hourMs, secondMs } from '../../lib/time.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { findingAt } from '../testing/findings.ts'
import { IncidentFleet, raisedBy } from '../testing/incident-fleet.ts'

describeEachDatabase('incidents', (records) => {
  const { announce, handle, flood, sweepAfter, incidents, count } = new IncidentFleet(records)

  describe('a scope', () => {
    it('is the site, where one site floods', async () => {
      await announce(2_000, (n) => (n < 40 ? { site: 'Hotel Bellevue' } : {}))
      await flood(0, 40)
      await flood(1_000, 1_010)
      expect(await incidents()).toMatchObject([
        { scope: 'site', subject: 'Hotel Bellevue', devices: 40, folded: 20 },
      ])
      expect(await count('tickets')).toBe(20 + 10)
    })

    it('is the firmware, where one firmware floods', async () => {
      await announce(2_000, (n) => ({ model: 'RV-20', firmware: n < 50 ? '2.1.0' : '2.0.0' }))
      await flood(0, 50)
      expect(await incidents()).toMatchObject([{ scope: 'firmware', subject: 'RV-20/2.1.0', folded: 30 }])
    })

    it('widens to the whole kind, and replaces the narrower incident', async () => {
      await announce(200, (n) => ({ model: 'RV-20', firmware: n < 50 ? '2.1.0' : `1.${n % 10}` }))
      await flood(0, 50)
      await flood(50, 70)
      expect(await incidents()).toMatchObject([{ scope: 'firmware', devices: 50, folded: 30 }])
      await flood(70, 200)
      expect(await incidents()).toMatchObject([{ scope: 'kind', devices: 200, folded: 160 }])
      expect(await count('tickets')).toBe(20 + 20)
    })

    it('is the kind from the start, where all sites flood', async () => {
      await announce(4_000, (n) => ({ model: 'RV-20', firmware: `2.${n % 4}.0`, site: `house ${n % 900}` }))
      await flood(0, 150)
      expect(await incidents()).toMatchObject([{ scope: 'kind', threshold: 80, devices: 150, folded: 70 }])
    })

    it('is the site and not its firmware, though all its devices have the same', async () => {
      await announce(2_000, (n) => ({
        model: 'RV-20',
        firmware: '2.1.0',
        ...(n < 60 && { site: 'Hotel Bellevue' }),
      }))
      await flood(0, 60)
      await flood(1_000, 1_015)
      expect(await incidents()).toMatchObject([{ scope: 'site', devices: 60, folded: 40 }])
    })
  })

  describe('a grouped finding', () => {
    const open = () => records().db.selectFrom('tickets').select('device_id').orderBy('device_id').execute()
    const cleared = (n: number) =>
      raisedBy(n, { id: `c-${n}`, state: 'cleared', at: findingAt + n * secondMs + hourMs })

    it('gets its ticket and notice when the incident is over, a few at a time, unless it was cleared', async () => {
      await announce(32)
      await flood(0, 32)
      await handle(Array.from({ length: 24 }, (_, n) => cleared(n)))
      await sweepAfter(dayMs - 1)
      expect(await incidents()).toMatchObject([{ state: 'open' }])
      await sweepAfter(1)
      expect(await incidents()).toMatchObject([{ state: 'closed' }])
      expect(await count('tickets')).toBe(20 + 5)
      await sweepAfter(1)
      await sweepAfter(1)
      expect(await count('tickets')).toBe(20 + 8)
      expect(await count('notices')).toBe(20 + 8)
      expect((await open()).map(({ device_id }) => device_id)).not.toContain('rv-21')
    })

    it('gets nothing when it was cleared before it arrived', async () => {
      await announce(40)
      await handle([cleared(39)])
      await flood(0, 40)
      await handle(Array.from({ length: 39 }, (_, n) => cleared(n)))
      await sweepAfter(2 * dayMs)
      expect(await count('tickets')).toBe(20)
      expect(await count('notices')).toBe(20)
    })

    it('brings its later updates to its ticket', async () => {
      await announce(21)
      await flood(0, 21)
      await handle([
        raisedBy(20, { id: 'u-20', state: 'updated', severity: 'major', at: findingAt + 2 * hourMs }),
      ])
      await sweepAfter(2 * dayMs)
      const late = records().db.selectFrom('tickets').select('severity').where('device_id', '=', 'rv-20')
      expect(await late.execute()).toEqual([{ severity: 'major' }])
    })

    it('still sends critical notices to owners', async () => {
      await announce(40)
      await flood(0, 40, { severity: 'critical' })
      expect(await count('tickets')).toBe(20)
      expect(await count('notices')).toBe(40)
      expect(await incidents()).toMatchObject([{ severity: 'critical' }])
      await sweepAfter(2 * dayMs)
      expect(await count('tickets')).toBe(25)
      expect(await count('notices')).toBe(40)
    })

    it('opens another incident for another flood after the end of the first', async () => {
      await announce(40)
      await flood(0, 40)
      await sweepAfter(2 * dayMs)
      await handle(
        Array.from({ length: 40 }, (_, n) =>
          raisedBy(n, { id: `again-${n}`, epoch: 1, at: findingAt + 2 * dayMs + n * secondMs }),
        ),
      )
      expect((await incidents()).map(({ state }) => state)).toEqual(['closed', 'open'])
    })
  })
})
