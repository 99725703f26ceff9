import { beforeEach, expect, it } from 'vitest'
import type { RecordsStore } from '../../../store/records/records-store.ts'
import { deleteAllRecords } from '../../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../../store/records/testing/describe-each-database.ts'
import { noticeFromRow } from '../../notice.ts'
import { insertNotice } from '../../testing/notices.ts'
import { inboxChannel, readInbox } from './channel.ts'
import sample from './sample.json' with { type: 'json' }

const created = (minute: number) => new Date(Date.UTC(2026, 2, 2, 10, minute))

describeEachDatabase('inbox', (records) => {
  let db: RecordsStore['db']
  beforeEach(async () => {
    db = records().db
    await deleteAllRecords(records())
  })

  async function keep(id: string, at: number): Promise<void> {
    const row = await db.selectFrom('notices').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    const channel = inboxChannel(db, () => at)
    expect(await channel.deliver(noticeFromRow(row))).toEqual({ outcome: 'stored' })
  }

  it('contains the sample', async () => {
    const { id, title, body, finding, at } = sample.notice
    const { kind, component, severity, evidence, actions: buttons } = sample.notice
    const data = JSON.stringify({ kind, component, severity, at, evidence, buttons })
    await insertNotice(db, { id, title, body, finding_id: finding, data })
    expect(await readInbox(db, 'u-17')).toEqual([])
    await keep(id, 0)
    expect(await readInbox(db, 'u-17')).toEqual([{ ...sample.notice, ticket: null }])
  })

  it('returns each notice of its owner once, newest first', async () => {
    await insertNotice(db, { id: 'n-old', created_at: created(1) })
    await insertNotice(db, { id: 'n-new', created_at: created(2) })
    await insertNotice(db, { id: 'n-theirs', user_id: 'u-2', created_at: created(3) })
    for (const id of ['n-old', 'n-new', 'n-theirs', 'n-old']) await keep(id, created(5).getTime())
    expect((await readInbox(db, 'u-17')).map(({ id }) => id)).toEqual(['n-new', 'n-old'])
  })

  it('keeps the time at which a notice arrived first', async () => {
    await insertNotice(db, { id: 'n-1' })
    await keep('n-1', created(1).getTime())
    await keep('n-1', created(2).getTime())
    const row = await db.selectFrom('notices').select('inbox_at').executeTakeFirst()
    expect(row?.inbox_at).toEqual(created(1))
  })
})
