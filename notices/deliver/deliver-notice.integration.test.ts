import { beforeEach, expect, it } from 'vitest'
import { findingAt } from '../../desk/testing/findings.ts'
import { dayMs, minuteMs } from '../../lib/time.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import type { Channel } from '../channels/channel.ts'
import type { Notice } from '../notice.ts'
import { insertNotice } from '../testing/notices.ts'
import { deliverNotice } from './deliver-notice.ts'
import { awaitSubscribersAgain, dueNotices, noticesAwaitingSubscriber } from './due-notices.ts'

const kept: Channel = { name: 'inbox', deliver: async () => ({ outcome: 'stored' }) }

describeEachDatabase('send a notice', (records) => {
  let db: RecordsStore['db']
  let now: number
  let sent: Notice[]
  beforeEach(async () => {
    db = records().db
    now = findingAt + 1_000
    sent = []
    await deleteAllRecords(records())
    await insertNotice(db, { id: 'n-1', next_attempt_at: new Date(findingAt) })
  })

  type Outcome = 'sent' | 'no_subscribers' | 'delivered' | Error

  function channel(outcome: Outcome, place = 0): Channel {
    return {
      name: `test-${place}`,
      async deliver(notice) {
        sent.push(notice)
        if (outcome instanceof Error) throw outcome
        return { outcome }
      },
    }
  }
  const send = (...outcomes: Outcome[]) =>
    deliverNotice('n-1', {
      db,
      channels: [kept, ...outcomes.map((outcome, place) => channel(outcome, place))],
      now: () => now,
    })
  const ledger = () =>
    db
      .selectFrom('notices')
      .select(['state', 'attempts', 'last_error', 'next_attempt_at', 'sent_at', 'delivered_at'])
      .executeTakeFirstOrThrow()
  const due = () => dueNotices(db, new Date(now), 10)

  it('passes the whole notice to the channel', async () => {
    await send('sent')
    expect(sent).toMatchObject([
      { id: 'n-1', user: 'u-17', device: 'rv-1', kind: 'robot_vacuum', component: 'battery', at: findingAt },
    ])
  })

  it('is sent, and due again in a minute unless the phone confirms', async () => {
    expect(await due()).toEqual(['n-1'])
    await send('sent')
    const sentAt = new Date(now)
    expect(await ledger()).toMatchObject({ state: 'sent', attempts: 1, sent_at: sentAt, delivered_at: null })
    expect(await due()).toEqual([])
    now += minuteMs
    expect(await due()).toEqual(['n-1'])
    await send('sent')
    expect(await ledger()).toMatchObject({ state: 'sent', attempts: 2, sent_at: sentAt })
    now += 5 * minuteMs - 1
    expect(await due()).toEqual([])
  })

  it('stays queued without subscribers, and is found when a phone subscribes', async () => {
    await send('no_subscribers')
    expect(await ledger()).toMatchObject({ state: 'queued', attempts: 1, sent_at: null })
    expect(await noticesAwaitingSubscriber(db, ['u-17', 'u-1'])).toEqual(['n-1'])
    expect(await noticesAwaitingSubscriber(db, ['u-1'])).toEqual([])
    await send('no_subscribers', 'sent')
    expect(await ledger()).toMatchObject({ state: 'sent' })
    expect(await noticesAwaitingSubscriber(db, ['u-17'])).toEqual(['n-1'])
    await send('sent', 'sent')
    expect(sent).toHaveLength(4)
    expect(await noticesAwaitingSubscriber(db, ['u-17'])).toEqual([])
  })

  it('waits for a subscriber again when its broker has lost it', async () => {
    await send('sent')
    await awaitSubscribersAgain(db, new Date(now))
    expect(await noticesAwaitingSubscriber(db, ['u-17'])).toEqual(['n-1'])
    await send('sent')
    expect(sent).toHaveLength(2)
    expect(await ledger()).toMatchObject({ state: 'sent', attempts: 2 })
    expect(await noticesAwaitingSubscriber(db, ['u-17'])).toEqual([])
    now += 5 * minuteMs
    await send('delivered')
    await awaitSubscribersAgain(db, new Date(now))
    expect(await noticesAwaitingSubscriber(db, ['u-17'])).toEqual([])
  })

  it('is delivered when a channel confirms it', async () => {
    await send('sent', 'delivered')
    expect(await ledger()).toMatchObject({
      state: 'delivered',
      delivered_at: new Date(now),
      next_attempt_at: null,
    })
  })

  it('is not sent after it has arrived', async () => {
    await db.updateTable('notices').set({ state: 'read' }).execute()
    await send('sent')
    expect(sent).toEqual([])
    expect(await ledger()).toMatchObject({ state: 'read', attempts: 0 })
  })

  it('does not overwrite a receipt that arrives during an attempt', async () => {
    const channels: Channel[] = [
      {
        name: 'quick',
        async deliver() {
          await db.updateTable('notices').set({ state: 'delivered', next_attempt_at: null }).execute()
          return { outcome: 'sent' }
        },
      },
    ]
    await deliverNotice('n-1', { db, channels, now: () => now })
    expect(await ledger()).toMatchObject({ state: 'delivered', next_attempt_at: null })
  })

  it('records a failing channel, tries the others, and rejects so that the job is retried', async () => {
    await expect(send(new Error('broker is away'), 'sent')).rejects.toThrow('broker is away')
    expect(sent).toHaveLength(2)
    expect(await ledger()).toMatchObject({ state: 'sent', attempts: 0, last_error: 'Error: broker is away' })
    expect(await due()).toEqual(['n-1'])
    await send('sent', 'sent')
    expect(sent).toHaveLength(3)
    expect(await ledger()).toMatchObject({ state: 'sent', last_error: null })
    expect(await due()).toEqual([])
  })

  it('is given up after a week', async () => {
    await send('no_subscribers')
    now = findingAt + 7 * dayMs
    await send('sent')
    expect(sent).toHaveLength(1)
    expect(await ledger()).toMatchObject({ state: 'failed', next_attempt_at: null })
  })

  it.each([
    ['written', 0],
    ['tried', 1],
  ])('has a whole week when the clock was behind while it was %s', async (_, attempts) => {
    const then = new Date(Date.UTC(2000, 0, 1))
    await db.updateTable('notices').set({ attempts, created_at: then, next_attempt_at: then }).execute()
    const set = now
    for (const offsetMs of [0, dayMs, 7 * dayMs - 1]) {
      now = set + offsetMs
      await send('no_subscribers')
      expect(await ledger()).toMatchObject({ state: 'queued' })
    }
    expect(sent).toHaveLength(3)
    now = set + 7 * dayMs
    await send('no_subscribers')
    expect(await ledger()).toMatchObject({ state: 'failed', next_attempt_at: null })
  })

  it('has a whole week when the program was stopped instead of sending it', async () => {
    now = findingAt + 8 * dayMs
    await send('sent')
    expect(await ledger()).toMatchObject({ state: 'sent' })
  })

  it('does nothing for a notice that does not exist', async () => {
    await deliverNotice('n-2', { db, channels: [channel('sent')], now: () => now })
    expect(sent).toEqual([])
  })
})
