import { expect, it } from 'vitest'
import { recordFixtures } from '../desk/reports/testing/record-fixtures.ts'
import { describeEachDatabase } from '../store/records/testing/describe-each-database.ts'
import { countRecords } from './record-counts.ts'

const at = new Date('2026-07-01T00:00:00Z')
const quarantine = { waiting: 0, bytes: 0, dropped: 0, expired: 0, expiring: { count: 0, from: null } }

describeEachDatabase('counts of the records', (records) => {
  it('are none in an empty database', async () => {
    const counts = await countRecords(records().db)
    expect(counts).toMatchObject({
      devices: [],
      tickets: [],
      notices: [{ state: 'owed', count: 0 }],
      incidents: { open: 0, devices: 0, folded: 0 },
      quarantine,
    })
  })

  it('are by kind and by state, without retired devices and notices that no owner is owed', async () => {
    const { db } = records()
    const add = recordFixtures(db)
    await add.owner('o-1')
    await add.device('d', { owner_id: 'o-1' })
    await add.device('d-phone', { kind: 'phone' })
    await add.device('d-retired', { kind: 'phone', retired_at: at })
    await add.ticket('t-1', { device_id: 'd', component: 'part-1' })
    await add.ticket('t-2', { device_id: 'd', component: 'part-2' })
    await add.ticket('t-3', { device_id: 'd', work_state: 'closed' })
    await add.finding('f-owed', 't-1', {} as never, { owed_notice: 'battery_replacement' as never })
    await add.finding('f-unassigned', 't-1', {} as never, { device_id: 'd-phone', owed_notice: 'x' as never })
    await db
      .insertInto('incidents')
      .values([incident('i-1', 'open'), incident('i-2', 'closed')])
      .execute()
    const { devices, tickets, notices, incidents } = await countRecords(db)
    expect(devices).toHaveLength(2)
    expect(devices).toEqual(
      expect.arrayContaining([
        { kind: 'robot_vacuum', count: 1 },
        { kind: 'phone', count: 1 },
      ]),
    )
    expect(tickets).toEqual(
      expect.arrayContaining([
        { work_state: 'open', count: 2 },
        { work_state: 'closed', count: 1 },
      ]),
    )
    expect(notices).toEqual([{ state: 'owed', count: 1 }])
    expect(incidents).toEqual({ open: 1, devices: 30, folded: 14 })
  })
})

function incident(id: string, state: 'open' | 'closed') {
  const about = { rule: 'phone.battery_worn', kind: 'phone', scope: 'kind', subject: `phone-${id}` } as const
  const times = { opened_at: at, last_at: at, created_at: at, updated_at: at }
  return { id, ...about, ...times, severity: 'minor', threshold: 20, state, devices: 30, folded: 7 } as const
}
