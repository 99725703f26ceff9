import { Redis } from 'ioredis'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Finding } from '../contract/finding.ts'
import { topics as topicsOf } from '../contract/topics.ts'
import { handleFindings } from '../desk/findings/handle-findings.ts'
import { makeFinding } from '../desk/testing/findings.ts'
import { createEmbeddedBroker } from '../ingest/embedded/embedded-broker.ts'
import type { Gateway } from '../ingest/gateway.ts'
import { dayMs } from '../lib/time.ts'
import { loadMessageCatalog } from '../notices/messages/message-catalog.ts'
import type { Notice } from '../notices/notice.ts'
import { createRecordsProjection } from '../store/records/projection.ts'
import { deleteAllRecords } from '../store/records/testing/delete-all-records.ts'
import { combineDeadLetters } from './dead-letters.ts'
import { startWorkers, type Workers } from './start-workers.ts'
import { loadSweepCount } from './sweep-count.ts'
import { describeEachQueueBackend } from './testing/describe-each-queue-backend.ts'

const until = { timeout: 20_000, interval: 20 }
const topics = topicsOf('pm/v1')

/** End to end, from the finding to the phone, with a real broker and MQTT clients as phones. */
describeEachQueueBackend('workers', (place) => {
  let gateway: Gateway
  let workers: Workers
  let failures: string[]
  let now: number
  let ids = 0
  const phones: MqttClient[] = []

  beforeEach(async () => {
    await deleteAllRecords(place().records)
    failures = []
    now = Date.UTC(2026, 5, 1)
    gateway = createEmbeddedBroker({
      host: '127.0.0.1',
      port: 0,
      topics,
      accept: async () => {},
      maxConnections: 100,
      onClientError: (error) => failures.push(error.message),
    })
    await gateway.start()
    workers = await startWorkers({
      appendToJournal: async () => {},
      ...place(),
      gateway,
      topics,
      now: () => now,
      onError: (error) => failures.push(error.message),
      retry: { attempts: 2, initialDelayMs: 20 },
      sweepEveryMs: 200,
    })
  })
  afterEach(async () => {
    await workers.stop()
    await Promise.all(phones.splice(0).map((phone) => phone.endAsync(true)))
    await gateway.stop()
  })

  const db = () => place().records.db
  const project: ReturnType<typeof createRecordsProjection>['handle'] = (entries) =>
    createRecordsProjection(db()).handle(entries)
  const notices = async () => (await workers.status()).notices
  /** Queues store the ids of completed jobs. */
  const finding = (change: Partial<Finding> = {}) => makeFinding({ id: `f-start-${++ids}`, ...change })

  const announce = (owner?: string) =>
    project([
      {
        type: 'device',
        receivedAt: now,
        device: { id: 'rv-1', kind: 'robot_vacuum', ...(owner && { owner }) },
      },
    ])

  /** A phone that confirms the notices it receives. */
  async function phone(user: string): Promise<Notice[]> {
    const got: Notice[] = []
    const client = await connectAsync(gateway.info().url, { clientId: `phone-${user}`, clean: false })
    phones.push(client)
    client.on('message', (_topic, payload) => {
      const notice = JSON.parse(String(payload)) as Notice
      got.push(notice)
      void project([{ type: 'receipt', receivedAt: now, user, notice: notice.id, status: 'delivered' }])
    })
    await client.subscribeAsync(topics.notices(user), { qos: 1 })
    return got
  }

  it('brings a finding to the phone of the owner, once', async () => {
    await announce('u-1')
    const got = await phone('u-1')
    const raised = finding()
    await workers.relay([raised])
    await workers.relay([raised])
    await vi.waitFor(async () => expect(await notices()).toEqual({ delivered: 1 }), until)
    now += 3_600_000
    await vi.waitFor(async () => expect((await workers.status()).queues.notices.waiting).toBe(0), until)
    expect(got).toMatchObject([
      { user: 'u-1', device: 'rv-1', finding: raised.id, evidence: raised.evidence },
    ])
    expect(await workers.status()).toMatchObject({ tickets: 1, openTickets: 1 })
    expect(failures).toEqual([])
  })

  it('sends no notice of a finding that an upload raised and cleared', async () => {
    await announce('u-1')
    const got = await phone('u-1')
    const over = [finding(), finding({ state: 'cleared', at: makeFinding().at + 1 })]
    await workers.relay([...over, finding({ rule: 'other' })])
    await vi.waitFor(async () => expect(await notices()).toEqual({ withdrawn: 1, delivered: 1 }), until)
    expect(got).toHaveLength(1)
  })

  it('records the others of a job when one cannot be, which becomes a dead letter', async () => {
    await announce('u-1')
    const bad = finding({ notice: 'no_such_text', component: 'brush' })
    const good = [finding(), finding({ component: 'filter' })]
    await workers.relay([...good, bad])
    await vi.waitFor(async () => expect((await workers.status()).queues.findings.failed).toBe(1), until)
    await vi.waitFor(async () => expect(await notices()).toMatchObject({ queued: 2 }), until)
    const [letter, ...more] = await combineDeadLetters(workers.deadLetters).list({ limit: 5 })
    expect(more).toEqual([])
    expect(letter).toMatchObject({ id: `findings:${bad.id}`, device: 'rv-1', content: { id: bad.id } })
    await combineDeadLetters(workers.deadLetters).drop(letter?.id ?? '')
  })

  it('keeps a notice for a phone that is away, and sends it when the phone subscribes', async () => {
    await announce('u-1')
    await workers.relay([finding()])
    await vi.waitFor(async () => {
      const row = await db()
        .selectFrom('notices')
        .select(['state', 'attempts', 'inbox_at'])
        .executeTakeFirst()
      expect(row).toEqual({ state: 'queued', attempts: 1, inbox_at: new Date(now) })
    }, until)
    const got = await phone('u-1')
    await vi.waitFor(async () => expect(await notices()).toMatchObject({ delivered: 1 }), until)
    expect(got).toHaveLength(1)
  })

  it('sends again, under the same id, what no phone confirms', async () => {
    await announce('u-1')
    const got: string[] = []
    const client = await connectAsync(gateway.info().url, { clientId: 'phone-u-1' })
    phones.push(client)
    client.on('message', (_topic, payload) => got.push((JSON.parse(String(payload)) as Notice).id))
    await client.subscribeAsync(topics.notices('u-1'), { qos: 1 })
    await workers.relay([finding()])
    await vi.waitFor(async () => expect(await notices()).toEqual({ sent: 1 }), until)
    now += 60_000
    await vi.waitFor(() => expect(got).toHaveLength(2), until)
    expect(got[0]).toBe(got[1])
  })

  it('sends what a crash left between the commit and the queue', async () => {
    await announce('u-1')
    const got = await phone('u-1')
    await handleFindings([finding()], { db: db(), messages: loadMessageCatalog(), now: () => now })
    await vi.waitFor(() => expect(got).toHaveLength(1), until)
  })

  it('sends the notice when the owner becomes known, unless its reason is gone', async () => {
    await announce()
    await workers.relay([finding(), finding({ rule: 'other' })])
    await vi.waitFor(async () => expect((await workers.status()).openTickets).toBe(1), until)
    await workers.relay([finding({ rule: 'other', state: 'cleared', at: makeFinding().at + 1 })])
    await vi.waitFor(async () => {
      const rows = await db().selectFrom('findings').select('owed_notice').execute()
      expect(rows).toHaveLength(3)
      expect(rows.filter(({ owed_notice }) => owed_notice !== null)).toHaveLength(1)
    }, until)
    const got = await phone('u-1')
    await announce('u-1')
    await vi.waitFor(() => expect(got).toMatchObject([{ finding: `f-start-${ids - 2}` }]), until)
  })

  it('keeps a job that needs an operator, and runs it when asked', async () => {
    await announce('u-1')
    const bad = finding({ notice: 'tea_is_ready' })
    await workers.relay([bad])
    await vi.waitFor(async () => expect((await workers.status()).queues.findings.failed).toBe(1), until)
    const deadLetters = combineDeadLetters(workers.deadLetters)
    const [letter] = await deadLetters.list({ limit: 1 })
    expect(letter).toMatchObject({
      id: `findings:${bad.id}`,
      error: expect.stringContaining('tea_is_ready'),
      attempts: 1,
    })
    await vi.waitFor(() => expect(failures[0]).toContain('tea_is_ready'), until)
    expect(await deadLetters.drop(`findings:${bad.id}`)).toEqual({ is: 'settled' })
  })

  it('sends the others when a notice breaks its channel, and gives up the one that is dropped', async () => {
    await announce('u-1')
    await project([
      { type: 'device', receivedAt: now, device: { id: 'rv-2', kind: 'robot_vacuum', owner: 'u-2' } },
    ])
    const got = await phone('u-1')
    const publish = gateway.publish.bind(gateway)
    gateway.publish = async (topic, ...more) => {
      if (topic.includes('u-2')) throw new Error('this phone is not to be borne')
      return publish(topic, ...more)
    }
    await workers.relay([finding({ device: 'rv-2' }), finding()])
    await vi.waitFor(() => expect(got).toHaveLength(1), until)
    await vi.waitFor(async () => expect((await workers.queueCounts()).notices.failed).toBe(1), until)
    const deadLetters = combineDeadLetters(workers.deadLetters)
    const [letter] = await deadLetters.list({ limit: 10 })
    expect(letter).toMatchObject({ source: 'notices', error: 'this phone is not to be borne', attempts: 2 })
    expect(await deadLetters.drop(letter?.id ?? '')).toEqual({ is: 'settled' })
    expect(await notices()).toEqual({ delivered: 1, failed: 1 })
  })
  const sweepsCompleted = async () => (await loadSweepCount(db()))?.completed ?? 0

  /** Both clocks: that of the program and that of BullMQ. */
  function setClocks(offsetMs: number): void {
    now += offsetMs
    const realNow = Date.now
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + offsetMs)
    setClocksBack = () => {
      now -= offsetMs
      clock.mockRestore()
    }
  }
  let setClocksBack = () => {}
  afterEach(() => vi.restoreAllMocks())

  it.each([
    ['a day ahead', dayMs],
    ['a day behind', -dayMs],
    ['forty days ahead', 40 * dayMs],
    ['in another century', Date.UTC(2000, 0, 1) - Date.now()],
  ])('goes on sweeping while the clock is %s, and after it was set right', async (_, offsetMs) => {
    await announce()
    await workers.relay([finding()])
    await vi.waitFor(async () => expect((await workers.status()).openTickets).toBe(1), until)
    setClocks(offsetMs)
    const before = await sweepsCompleted()
    await vi.waitFor(async () => expect(await sweepsCompleted()).toBeGreaterThan(before + 1), until)
    setClocksBack()
    const got = await phone('u-1')
    await announce('u-1')
    await vi.waitFor(async () => expect(await notices()).toMatchObject({ delivered: 1 }), until)
    expect(got).toHaveLength(1)
    expect(failures).toEqual([])
  })

  it('delivers what was written and tried while the clock was in another century', async () => {
    await announce('u-1')
    setClocks(Date.UTC(2000, 0, 1) - Date.now())
    await workers.relay([finding()])
    const attempts = async () =>
      (await db().selectFrom('notices').select('attempts').executeTakeFirst())?.attempts
    await vi.waitFor(async () => expect(await attempts()).toBe(1), until)
    // The phone listens before: by the right clock the notice is so old that it is tried once more.
    await phone('u-1')
    setClocksBack()
    // Beside it there may be others: the ticket is as old.
    await vi.waitFor(async () => expect(await notices()).toMatchObject({ delivered: 1 }), until)
  })

  it('sends again in time what waits since the clock was ahead', async () => {
    await announce('u-1')
    setClocks(dayMs)
    await workers.relay([finding()])
    const nextAttempt = async () =>
      (await db().selectFrom('notices').select('next_attempt_at').executeTakeFirst())?.next_attempt_at
    await vi.waitFor(async () => expect((await nextAttempt())?.getTime()).toBe(now + 60_000), until)
    const before = await sweepsCompleted()
    await vi.waitFor(async () => expect(await sweepsCompleted()).toBeGreaterThan(before + 1), until)
    setClocksBack()
    await vi.waitFor(async () => {
      expect((await nextAttempt())?.getTime()).toBeLessThanOrEqual(now + 5 * 60_000)
    }, until)
    await phone('u-1')
    await vi.waitFor(async () => expect(await notices()).toMatchObject({ delivered: 1 }), until)
  })

  it('goes on sweeping after the Redis of the queues has lost everything', async () => {
    const { connection } = place()
    if (connection.kind !== 'redis') return
    const redis = new Redis(connection.url)
    await redis.flushall()
    redis.disconnect()
    const before = await sweepsCompleted()
    await vi.waitFor(async () => expect(await sweepsCompleted()).toBeGreaterThan(before + 1), until)
    expect(workers.sweepStatus()).toMatchObject({ everyMs: 200, completed: expect.any(Number) })
    expect(workers.sweepStatus().sinceCompletedMs).toBeLessThan(20_000)
  })
})
