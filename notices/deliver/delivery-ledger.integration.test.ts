import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { hourMs, minuteMs } from '../../lib/time.ts'
import { createRecordsProjection } from '../../store/records/projection.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { type Channel, type DeliveryResult, defineContactChannel } from '../channels/channel.ts'
import { addContact } from '../channels/contacts.ts'
import { insertNotice } from '../testing/notices.ts'
import { abandonNotice, deliverNotice } from './deliver-notice.ts'
import { dueNotices, noticesAwaitingSubscriber } from './due-notices.ts'
import { routeLeaseMs } from './routes.ts'

const noon = Date.UTC(2026, 2, 2, 12)

describeEachDatabase('the ledger of deliveries', (records) => {
  let db: RecordsStore['db']
  let now: number
  /** What was asked for, as `channel:address`, and what each answers. */
  let asked: string[]
  let answers: Record<string, DeliveryResult | Error | (() => Promise<DeliveryResult>)>
  beforeEach(async () => {
    db = records().db
    now = noon
    asked = []
    answers = {}
    await deleteAllRecords(records())
    await insertNotice(db, { id: 'n-1', created_at: new Date(noon), next_attempt_at: new Date(noon) })
  })

  async function answerOf(key: string, otherwise: DeliveryResult): Promise<DeliveryResult> {
    asked.push(key)
    const answer = answers[key] ?? otherwise
    if (answer instanceof Error) throw answer
    return typeof answer === 'function' ? answer() : answer
  }
  const mqtt: Channel = { name: 'mqtt', deliver: () => answerOf('mqtt', { outcome: 'sent' }) }
  const email = defineContactChannel({
    name: 'email',
    address: z.object({ to: z.string() }),
    deliver: (_notice, { to }) => answerOf(`email:${to}`, { outcome: 'accepted' }),
  })
  const send = () => deliverNotice('n-1', { db, channels: [mqtt, email], now: () => now })
  const contact = (to: string, user = 'u-17') =>
    db
      .transaction()
      .execute((trx) =>
        addContact(trx, { id: `c-${to}`, user, channel: 'email', address: { to }, now: new Date(now) }),
      )
  const ways = () =>
    db
      .selectFrom('deliveries')
      .select(['channel', 'contact_id', 'state', 'attempts', 'last_error', 'not_before'])
      .orderBy('channel')
      .orderBy('contact_id')
      .execute()
  const notice = () =>
    db
      .selectFrom('notices')
      .select(['state', 'attempts', 'last_error', 'next_attempt_at'])
      .executeTakeFirstOrThrow()
  const due = () => dueNotices(db, new Date(now), 10)

  describe('contacts', () => {
    it('of this user and this channel get the notice once each', async () => {
      for (const to of ['a@x.org', 'b@x.org']) expect(await contact(to)).toEqual({ is: 'added' })
      await contact('c@x.org', 'u-18')
      await send()
      expect(asked.sort()).toEqual(['email:a@x.org', 'email:b@x.org', 'mqtt'])
      expect(await ways()).toMatchObject([
        { channel: 'email', contact_id: 'c-a@x.org', state: 'sent', attempts: 1, not_before: null },
        { channel: 'email', contact_id: 'c-b@x.org', state: 'sent', attempts: 1, not_before: null },
        { channel: 'mqtt', contact_id: '', state: 'sent', attempts: 1, not_before: new Date(now + minuteMs) },
      ])
    })

    it('that accepted a notice do not get it again, while MQTT repeats it until it is confirmed', async () => {
      await contact('a@x.org')
      await send()
      now += minuteMs
      expect(await due()).toEqual(['n-1'])
      await send()
      expect(asked.sort()).toEqual(['email:a@x.org', 'mqtt', 'mqtt'])
      expect(await notice()).toMatchObject({ state: 'sent', next_attempt_at: new Date(now + 5 * minuteMs) })
    })

    it('that are gone are not used by any other notice', async () => {
      await contact('a@x.org')
      answers = { 'email:a@x.org': { outcome: 'gone', reason: '550 no such user' } }
      await send()
      expect(await ways()).toMatchObject([
        { channel: 'email', state: 'failed', last_error: '550 no such user', not_before: null },
        { channel: 'mqtt', state: 'sent' },
      ])
      await insertNotice(db, { id: 'n-2', created_at: new Date(noon) })
      await deliverNotice('n-2', { db, channels: [mqtt, email], now: () => now })
      expect(asked.filter((key) => key !== 'mqtt')).toEqual(['email:a@x.org'])
      expect(await contact('a@x.org')).toEqual({ is: 'existing', id: 'c-a@x.org' })
      await insertNotice(db, { id: 'n-3', created_at: new Date(noon) })
      await deliverNotice('n-3', { db, channels: [mqtt, email], now: () => now })
      expect(asked.filter((key) => key !== 'mqtt')).toHaveLength(2)
    })

    it('that reject one notice get the next one', async () => {
      await contact('a@x.org')
      answers = { 'email:a@x.org': { outcome: 'rejected', reason: '554 spam' } }
      await send()
      now += minuteMs
      await send()
      expect(asked.filter((key) => key !== 'mqtt')).toHaveLength(1)
      expect(await db.selectFrom('contacts').select('state').execute()).toEqual([{ state: 'active' }])
    })

    it('that defer a notice get it at that time, and not before', async () => {
      await contact('a@x.org')
      answers = {
        'email:a@x.org': { outcome: 'deferred', retryAfterMs: 10 * minuteMs, reason: '450 greylisted' },
      }
      await send()
      expect((await ways())[0]).toMatchObject({ state: 'queued', attempts: 1, last_error: '450 greylisted' })
      answers = {}
      now += 9 * minuteMs
      await send()
      expect(asked.filter((key) => key === 'email:a@x.org')).toHaveLength(1)
      now += minuteMs
      expect(await due()).toEqual(['n-1'])
      await send()
      expect((await ways())[0]).toMatchObject({ state: 'sent', attempts: 2, last_error: null })
    })

    it('with the same address are stored once, also when added concurrently', async () => {
      const added = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          db.transaction().execute((trx) =>
            addContact(trx, {
              id: `c-${n}`,
              user: 'u-1',
              channel: 'email',
              address: { to: 'a@x.org' },
              now: new Date(now),
            }),
          ),
        ),
      )
      expect(added.filter(({ is }) => is === 'added')).toHaveLength(1)
      expect(await db.selectFrom('contacts').select('id').execute()).toHaveLength(1)
    })

    it('with an invalid address are rejected with reasons', async () => {
      expect(await contact('unknown')).toEqual({ is: 'invalid', reasons: [expect.stringMatching(/^to: /)] })
    })
  })

  describe('a failing channel', () => {
    it('does not make other channels send again', async () => {
      await contact('a@x.org')
      answers = { 'email:a@x.org': new Error('connection refused') }
      for (let n = 0; n < 4; n++) await expect(send()).rejects.toThrow('connection refused')
      expect(asked.filter((key) => key === 'mqtt')).toHaveLength(1)
      expect(await notice()).toMatchObject({ state: 'sent', last_error: 'Error: connection refused' })
      expect(await due()).toEqual(['n-1'])
      answers = {}
      await send()
      expect((await ways())[0]).toMatchObject({ state: 'sent', attempts: 5, last_error: null })
      expect(asked.filter((key) => key === 'mqtt')).toHaveLength(1)
    })

    it('with an open circuit makes the notice wait, without counting an attempt', async () => {
      await contact('a@x.org')
      answers = { 'email:a@x.org': { outcome: 'not_attempted', by: 'open_circuit', retryAt: now + 30_000 } }
      expect(await send()).toEqual({ is: 'recorded' })
      expect((await ways())[0]).toMatchObject({ state: 'queued', attempts: 0 })
      expect(await notice()).toMatchObject({ next_attempt_at: new Date(now + 30_000) })
    })

    it('at its rate limit reserves a slot', async () => {
      await contact('a@x.org')
      answers = { 'email:a@x.org': { outcome: 'not_attempted', by: 'rate_limit', retryAt: now + 700 } }
      expect(await send()).toEqual({ is: 'rate_limited', retryInMs: 700 })
      now += 700
      answers = {}
      expect(await send()).toEqual({ is: 'recorded' })
      expect(asked).toEqual(['mqtt', 'email:a@x.org', 'email:a@x.org'])
    })
  })

  it('is sent once to a contact by two concurrent processes', async () => {
    await contact('a@x.org')
    await Promise.all([send(), send(), send()])
    expect(asked.filter((key) => key !== 'mqtt')).toEqual(['email:a@x.org'])
    expect((await ways())[0]).toMatchObject({ state: 'sent', attempts: 1 })
  })

  it('is sent again after a crash between sending and recording, when the lease has expired', async () => {
    await contact('a@x.org')
    answers = { 'email:a@x.org': () => new Promise(() => {}) }
    void send()
    await expect.poll(() => asked).toContain('email:a@x.org')
    answers = {}
    now += routeLeaseMs - 1
    await send()
    expect(asked.filter((key) => key !== 'mqtt')).toHaveLength(1)
    now += 1
    await send()
    expect(asked.filter((key) => key !== 'mqtt')).toHaveLength(2)
    expect((await ways())[0]).toMatchObject({ state: 'sent', attempts: 2 })
  })

  it('reaches a phone that subscribes after a mail was sent', async () => {
    await contact('a@x.org')
    answers = { mqtt: { outcome: 'no_subscribers' } }
    await send()
    expect(await notice()).toMatchObject({ state: 'sent' })
    expect(await noticesAwaitingSubscriber(db, ['u-17'])).toEqual(['n-1'])
    answers = {}
    await send()
    expect(asked.sort()).toEqual(['email:a@x.org', 'mqtt', 'mqtt'])
    expect(await noticesAwaitingSubscriber(db, ['u-17'])).toEqual([])
  })

  it('is not failed after a week when a mail server has accepted it', async () => {
    await contact('a@x.org')
    await send()
    now += 7 * 24 * hourMs
    await send()
    expect(await notice()).toMatchObject({ state: 'sent', next_attempt_at: null })
    expect(await ways()).toMatchObject([
      { state: 'sent' },
      { channel: 'mqtt', state: 'failed', not_before: null },
    ])
  })

  it('records that an operator gave it up', async () => {
    answers = { mqtt: { outcome: 'no_subscribers' } }
    await send()
    await abandonNotice(db, 'n-1', new Date(now))
    expect(await notice()).toMatchObject({ state: 'failed', next_attempt_at: null })
    expect(await ways()).toMatchObject([{ state: 'failed', not_before: null }])
  })

  it('uses receipts for what arrived and was read, also when they arrive first', async () => {
    const receipt = (status: 'delivered' | 'read') =>
      createRecordsProjection(db).handle([
        { type: 'receipt', receivedAt: now, user: 'u-17', notice: 'n-1', status },
      ])
    answers = { mqtt: () => receipt('delivered').then(() => ({ outcome: 'sent' })) }
    await send()
    expect(await ways()).toMatchObject([{ channel: 'mqtt', state: 'delivered', not_before: null }])
    await receipt('read')
    await receipt('delivered')
    expect(await ways()).toMatchObject([{ channel: 'mqtt', state: 'read' }])
    expect(await notice()).toMatchObject({ state: 'read', next_attempt_at: null })
  })

  describe('quiet hours', () => {
    const night = Date.UTC(2026, 2, 2, 15)
    const morning = Date.UTC(2026, 2, 2, 23)
    beforeEach(async () => {
      const hours = { time_zone: 'Asia/Shanghai', quiet_from: '22:00', quiet_until: '07:00' }
      await db
        .insertInto('owners')
        .values({ id: 'u-17', created_at: new Date(noon), ...hours })
        .execute()
    })

    it('apply in the owner’s time zone, on every channel', async () => {
      await contact('a@x.org')
      now = night
      await send()
      expect(asked).toEqual([])
      expect(await notice()).toMatchObject({
        state: 'queued',
        attempts: 0,
        next_attempt_at: new Date(morning),
      })
      now = morning
      await send()
      expect(asked).toHaveLength(2)
    })

    it('apply to repeated attempts, to new subscribers, and after a failure', async () => {
      await contact('a@x.org')
      answers = { 'email:a@x.org': new Error('away'), mqtt: { outcome: 'no_subscribers' } }
      now = night - hourMs - 1
      await expect(send()).rejects.toThrow('away')
      const before = asked.length
      for (now = night - hourMs; now < morning; now += 7 * minuteMs) await send()
      expect(asked).toHaveLength(before)
      now = morning
      await expect(send()).rejects.toThrow('away')
    })

    it('do not apply to urgent notices, nor to users that are not owners', async () => {
      now = night
      await insertNotice(db, { id: 'n-2', urgent: true, created_at: new Date(noon) })
      await insertNotice(db, { id: 'n-3', user_id: 'dispatcher', created_at: new Date(noon) })
      for (const id of ['n-2', 'n-3']) await deliverNotice(id, { db, channels: [mqtt], now: () => now })
      expect(asked).toEqual(['mqtt', 'mqtt'])
    })
  })

  it('is not sent on its own when it is in a digest', async () => {
    await insertNotice(db, { id: 'n-digest', created_at: new Date(noon) })
    await db.updateTable('notices').set({ digest_id: 'n-digest' }).where('id', '=', 'n-1').execute()
    expect(await due()).toEqual([])
    expect(await noticesAwaitingSubscriber(db, ['u-17'])).toEqual(['n-digest'])
    await send()
    expect(asked).toEqual([])
  })
})
