import { sql } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Device } from '../../contract/device.ts'
import type { Finding } from '../../contract/finding.ts'
import { dayMs, hourMs, secondMs } from '../../lib/time.ts'
import { loadMessageCatalog } from '../../notices/messages/message-catalog.ts'
import { createRecordsProjection } from '../../store/records/projection.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { sweep } from '../sweep.ts'
import { findingAt, makeFinding } from '../testing/findings.ts'
import { handleFinding } from '../tickets/handle-finding.ts'

const messages = loadMessageCatalog()

describeEachDatabase('incidents', (records) => {
  let db: RecordsStore['db']
  let now: number
  beforeEach(async () => {
    db = records().db
    now = Date.UTC(2026, 5, 1)
    await deleteAllRecords(records())
  })

  async function announce(count: number, change: (n: number) => Partial<Device> = () => ({})): Promise<void> {
    const entries = Array.from({ length: count }, (_, n) => ({
      type: 'device' as const,
      receivedAt: now,
      device: { id: `rv-${n}`, kind: 'robot_vacuum', owner: `u-${n}`, ...change(n) },
    }))
    await createRecordsProjection(db).handle(entries)
  }

  const raisedBy = (n: number, change: Partial<Finding> = {}) =>
    makeFinding({ id: `f-${n}`, device: `rv-${n}`, at: findingAt + n * secondMs, ...change })

  async function handle(findings: readonly Finding[]): Promise<void> {
    for (const finding of findings) await handleFinding(finding, { db, messages, now: () => now })
  }

  /** So many devices raise the same, a second apart. */
  const flood = (from: number, to: number, change: Partial<Finding> = {}) =>
    handle(Array.from({ length: to - from }, (_, n) => raisedBy(from + n, change)))

  async function sweepAfter(ms: number): Promise<void> {
    now += ms
    const enqueueNotices = async () => {}
    await sweep({
      appendToJournal: async () => {},
      db,
      messages,
      now: () => now,
      enqueueNotices,
      keepQuarantinedMs: 90 * dayMs,
    })
  }

  const incidents = () => db.selectFrom('incidents').selectAll().orderBy('opened_at').execute()
  /** Notices to owners only, without those to staff. */
  const count = async (table: 'tickets' | 'notices' | 'findings') => {
    const owners = table === 'notices' ? sql`where kind = 'finding'` : sql``
    const { rows } = await sql<{
      n: number
    }>`select count(*)::integer as n from ${sql.table(table)} ${owners}`.execute(db)
    return rows[0]?.n
  }

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
    const open = () => db.selectFrom('tickets').select('device_id').orderBy('device_id').execute()
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
      const late = db.selectFrom('tickets').select('severity').where('device_id', '=', 'rv-20')
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
