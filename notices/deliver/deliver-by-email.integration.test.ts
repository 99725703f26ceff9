import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { topics as topicsOf } from '../../contract/topics.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { startWorkers, type Workers } from '../../workers/start-workers.ts'
import { describeEachQueueBackend } from '../../workers/testing/describe-each-queue-backend.ts'
import { addContact } from '../channels/contacts.ts'
import { emailChannel } from '../channels/email/channel.ts'
import { insertNotice } from '../testing/notices.ts'
import { withGuard } from './guard/channel-guard.ts'

const until = { timeout: 20_000, interval: 20 }
const notices = Array.from({ length: 12 }, (_, n) => `n-mail-${n}`)

/** Through the queue, with a real mail server: pace, outage, and each mail once. */
describeEachQueueBackend('workers that send mail', (place) => {
  let server: SMTPServer
  let workers: Workers
  let ids: string[]
  let askedAt: number[]
  let away: boolean
  /** Added to the clock. */
  let aheadMs: number
  const now = () => Date.now() + aheadMs

  beforeEach(async () => {
    await deleteAllRecords(place().records)
    ids = []
    askedAt = []
    away = false
    aheadMs = 0
    server = new SMTPServer({
      hideSTARTTLS: true,
      authOptional: true,
      disableReverseLookup: true,
      onMailFrom: (_address, _session, callback) =>
        callback(away ? Object.assign(new Error('disk full'), { responseCode: 554 }) : null),
      onData(stream, _session, callback) {
        simpleParser(stream).then(({ messageId = '' }) => {
          ids.push(messageId)
          callback()
        }, callback)
      },
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const smtpUrl = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`
    const mail = emailChannel({ smtpUrl, from: 'care@forewarn.example' })
    const watched: typeof mail = {
      ...mail,
      deliver(notice, to) {
        askedAt.push(now())
        return mail.deliver(notice, to)
      },
    }
    workers = await startWorkers({
      appendToJournal: async () => {},
      ...place(),
      gateway: { publish: async () => 'no_subscribers', onSubscribe: () => {} },
      topics: topicsOf('pm/v1'),
      now,
      channels: [withGuard(watched, { now, rate: { perSecond: 5, burst: 2 } })],
      onError: () => {},
      retry: { attempts: 12, initialDelayMs: 20 },
      sweepEveryMs: 200,
    })
    await place()
      .records.db.transaction()
      .execute((trx) =>
        addContact(trx, {
          id: 'c-1',
          user: 'u-17',
          channel: 'email',
          address: { to: 'wang@example.org' },
          now: new Date(now()),
        }),
      )
  })
  afterEach(async () => {
    await workers.stop()
    await new Promise<void>((resolve) => server.close(resolve))
  })

  const write = async (id: string) => {
    const at = new Date(now())
    await insertNotice(place().records.db, { id, created_at: at, next_attempt_at: at })
  }
  const allOnce = () =>
    expect(ids.toSorted()).toEqual(notices.map((id) => `<${id}@forewarn.example>`).toSorted())

  it('keeps to the rate limit, and sends each notice once', async () => {
    for (const id of notices) await write(id)
    await vi.waitFor(allOnce, until)
    // Two at once, then five a second.
    expect(Math.max(...askedAt) - Math.min(...askedAt)).toBeGreaterThanOrEqual(1_995)
  })

  it('keeps notices in the ledger while the server is unavailable, and then sends each once', async () => {
    away = true
    for (const id of notices) await write(id)
    await vi.waitFor(
      () => expect(workers.channelStatuses()).toContainEqual(expect.objectContaining({ openCircuits: 1 })),
      until,
    )
    expect(workers.channelStatuses().find(({ name }) => name === 'email')?.lastError).toContain('disk full')
    away = false
    aheadMs = 61_000
    await vi.waitFor(allOnce, until)
    expect(workers.channelStatuses()).toContainEqual({ name: 'email', openCircuits: 0 })
    expect((await workers.queueCounts()).notices.failed).toBe(0)
    // The server has a mail a moment before the ledger knows it.
    await vi.waitFor(async () => {
      const states = await place().records.db.selectFrom('notices').select('state').distinct().execute()
      expect(states).toEqual([{ state: 'sent' }])
    }, until)
  })
})
