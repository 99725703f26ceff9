import { sql, type Updateable } from 'kysely'
import { beforeEach, expect, it } from 'vitest'
import { findingAt } from '../../desk/testing/findings.ts'
import { hourMs } from '../../lib/time.ts'
import { createRecordsProjection } from '../../store/records/projection.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import type { NoticesTable } from '../../store/records/schema.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import type { Channel } from '../channels/channel.ts'
import { insertNotice } from '../testing/notices.ts'
import { deliverNotice } from './deliver-notice.ts'
import { withdrawObsoleteNotices } from './withdraw-obsolete.ts'

describeEachDatabase('a notice that waited', (records) => {
  let db: RecordsStore['db']
  let sent: string[]
  const morning = findingAt + 10 * hourMs
  beforeEach(async () => {
    db = records().db
    sent = []
    await deleteAllRecords(records())
    await insertNotice(db, { id: 'n-1', next_attempt_at: new Date(morning) })
  })

  const channel: Channel = {
    name: 'phone',
    async deliver({ id }) {
      sent.push(id)
      return { outcome: 'sent' }
    },
  }
  const deliver = (id = 'n-1') => deliverNotice(id, { db, channels: [channel], now: () => morning })
  const state = async () =>
    (await db.selectFrom('notices').select('state').where('id', '=', 'n-1').executeTakeFirstOrThrow()).state

  async function insertCleared(change: { id: string; rule?: string; at?: number; shadow?: boolean }) {
    const { at = findingAt + hourMs, ...more } = change
    const raised = await db
      .selectFrom('findings')
      .selectAll()
      .where('id', '=', 'f-n-1')
      .executeTakeFirstOrThrow()
    const { cursor: _cursor, ...columns } = raised as typeof raised & { cursor?: unknown }
    await db
      .insertInto('findings')
      .values({
        ...columns,
        state: 'cleared',
        at: new Date(at),
        evidence: JSON.stringify(raised.evidence),
        withheld: null,
        ...more,
      })
      .execute()
  }

  async function insertRuleChange(version: string, became: 'live' | 'retired', at: number) {
    const name = 'robot_vacuum.battery_worn'
    const first_seen = new Date(findingAt)
    await db
      .insertInto('rule_versions')
      .values({ name, version, file: 'a.yaml', text: '', first_seen, by: 'test' })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    await db
      .insertInto('rule_changes')
      .values({ name, version, at: new Date(at), became, why: 'reload', by: 'test' })
      .execute()
  }

  async function insertTicket(work_state: 'open' | 'cancelled') {
    await sql`insert into tickets (id, number, device_id, component, epoch, rule, severity, sla, condition, operator_state,
        work_state, opened_at, evidence, respond_by, solve_by, created_at, updated_at)
      values ('t-1', 'FW-1', 'rv-1', 'battery', 0, 'r', 'minor', 'level3', 'active', 'unacknowledged', ${work_state},
        now(), '{}', now(), now(), now(), now())`.execute(db)
    await db.updateTable('notices').set({ ticket_id: 't-1' }).execute()
  }

  it('is sent while what it says holds', async () => {
    await insertCleared({ id: 'f-other', rule: 'robot_vacuum.filter_clogged' })
    await insertCleared({ id: 'f-before', at: findingAt - hourMs })
    await insertCleared({ id: 'f-trial', shadow: true })
    await insertRuleChange('1', 'live', findingAt)
    await insertTicket('open')
    await deliver()
    expect(sent).toEqual(['n-1'])
    expect(await state()).toBe('sent')
  })

  it('is withdrawn when its finding was cleared', async () => {
    await insertCleared({ id: 'f-2' })
    await deliver()
    await deliver()
    expect(sent).toEqual([])
    expect(await state()).toBe('withdrawn')
  })

  it('is withdrawn when no version of its rule is live', async () => {
    await insertRuleChange('1', 'live', findingAt)
    await insertRuleChange('1', 'retired', findingAt + 1)
    await deliver()
    expect(await state()).toBe('withdrawn')
  })

  it('is sent when another version of its rule is live', async () => {
    await insertRuleChange('1', 'live', findingAt)
    await insertRuleChange('1', 'retired', findingAt + 1)
    await insertRuleChange('2', 'live', findingAt + 1)
    await deliver()
    expect(sent).toEqual(['n-1'])
  })

  it('is withdrawn when its ticket was cancelled', async () => {
    await insertTicket('cancelled')
    await deliver()
    expect(await state()).toBe('withdrawn')
  })

  it('stays as it is after it was sent', async () => {
    await db.updateTable('notices').set({ state: 'sent' }).execute()
    await insertCleared({ id: 'f-2' })
    expect(await withdrawObsoleteNotices(db, { id: 'n-1', kind: 'finding' })).toBe(0)
    expect(await state()).toBe('sent')
  })

  it('that the owner asked to repeat is withdrawn with the finding of the first one', async () => {
    await db.updateTable('notices').set({ state: 'snoozed' }).execute()
    await db
      .insertInto('owner_answers')
      .values({
        id: 'a-1',
        notice_id: 'n-1',
        user_id: 'u-17',
        action: 'snooze',
        data: '{}',
        at: new Date(findingAt),
      })
      .execute()
    await insertNotice(db, {
      id: 'n-2',
      kind: 'reminder',
      dedupe_key: 'reminder:a-1',
      next_attempt_at: new Date(morning),
    })
    await db.updateTable('notices').set({ finding_id: null }).where('id', '=', 'n-2').execute()
    expect(await withdrawObsoleteNotices(db, { dueAt: new Date(morning) })).toBe(0)
    await insertCleared({ id: 'f-2' })
    expect(await withdrawObsoleteNotices(db, { dueAt: new Date(morning) })).toBe(1)
  })

  async function groupIntoDigest(): Promise<void> {
    const due = new Date(morning)
    await insertNotice(db, { id: 'n-2', next_attempt_at: due })
    await db
      .updateTable('findings')
      .set({ rule: 'robot_vacuum.filter_clogged' })
      .where('id', '=', 'f-n-2')
      .execute()
    await insertNotice(db, { id: 'n-3', kind: 'digest', next_attempt_at: due })
    await db
      .updateTable('notices')
      .set({ finding_id: null, device_id: null })
      .where('id', '=', 'n-3')
      .execute()
    await db
      .updateTable('notices')
      .set({ digest_id: 'n-3', next_attempt_at: null })
      .where('id', 'in', ['n-1', 'n-2'])
      .execute()
  }
  const update = (change: Updateable<NoticesTable>) =>
    db.updateTable('notices').set(change).where('id', '=', 'n-1').execute()
  const digestStates = () =>
    db.selectFrom('notices').select(['id', 'state', 'digest_id']).orderBy('id').execute()

  it('in a digest dissolves it', async () => {
    await groupIntoDigest()
    await insertCleared({ id: 'f-2' })
    expect(await withdrawObsoleteNotices(db, { dueAt: new Date(morning) })).toBe(2)
    expect(await digestStates()).toEqual([
      { id: 'n-1', state: 'withdrawn', digest_id: null },
      { id: 'n-2', state: 'queued', digest_id: null },
      { id: 'n-3', state: 'withdrawn', digest_id: null },
    ])
  })

  it.each([
    ['its finding was cleared', () => insertCleared({ id: 'f-2' })],
    ['it was withdrawn before', () => update({ state: 'withdrawn' })],
    [
      'its device has another owner',
      async () => {
        await update({ device_id: 'rv-2' })
        const device = { id: 'rv-2', kind: 'robot_vacuum', owner: 'bea' }
        await createRecordsProjection(db).handle([{ type: 'device', receivedAt: findingAt, device }])
      },
    ],
  ])('keeps the digest that has it from being sent: %s', async (_, change) => {
    await groupIntoDigest()
    await change()
    await deliver('n-3')
    expect(sent).toEqual([])
    const [, other, digest] = await digestStates()
    expect(other).toMatchObject({ state: 'queued', digest_id: null })
    expect(digest).toMatchObject({ state: 'withdrawn' })
  })
})
