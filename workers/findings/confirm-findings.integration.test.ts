import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Finding } from '../../contract/finding.ts'
import { handleFindings } from '../../desk/findings/handle-findings.ts'
import { makeFinding } from '../../desk/testing/findings.ts'
import { loadMessageCatalog } from '../../notices/messages/message-catalog.ts'
import { loadJournalPosition } from '../../store/records/positions/journal-positions.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { findingsOf, type JobData } from '../jobs.ts'
import { openQueues, type Queues } from '../queues.ts'
import { describeEachQueueBackend } from '../testing/describe-each-queue-backend.ts'
import {
  type ConfirmedBatch,
  confirmFindings,
  forgetFailedFinding,
  recoverFailedFindings,
} from './confirm-findings.ts'
import { enqueueEachFinding } from './enqueue-findings.ts'

const messages = loadMessageCatalog()
const now = () => Date.UTC(2026, 5, 1)
const until = { timeout: 20_000, interval: 20 }

describeEachQueueBackend('the confirmation of findings', (place) => {
  let queues: Queues
  let stop: AbortController
  let run = 0

  beforeEach(async () => {
    await deleteAllRecords(place().records)
    queues = await openQueues({ ...place(), onError: () => {}, retry: { attempts: 1, initialDelayMs: 1 } })
    stop = new AbortController()
    run++
  })
  afterEach(async () => {
    stop.abort()
    await queues.close()
  })

  const db = () => place().records.db
  const makeOwn = (id: string, change: Partial<Finding> = {}) =>
    makeFinding({ id: `${id}-${run}`, ...change })
  const record = (finding: Finding) => handleFindings([finding], { db: db(), messages, now })
  const recordJob = (job: JobData['findings']) => handleFindings(findingsOf(job), { db: db(), messages, now })

  function confirm(findings: Finding[], change: Partial<ConfirmedBatch> = {}) {
    const batch = { from: 0, next: findings.length, entries: findings, consumer: 'tickets', history: 'j|' }
    return confirmFindings(
      { ...batch, relayedUpTo: 0, ...change },
      { db: db(), queues, now, signal: stop.signal },
    )
  }

  it('waits until each finding is recorded, and stores the position after them', async () => {
    const [first, second] = [makeOwn('a'), makeOwn('b', { component: 'motor' })]
    await record(first)
    const confirmed = vi.fn()
    const done = confirm([first, second]).then(confirmed)
    await vi.waitFor(async () =>
      expect(await db().selectFrom('findings').select('id').execute()).toHaveLength(1),
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(confirmed).not.toHaveBeenCalled()
    expect(await loadJournalPosition(db(), 'tickets')).toEqual({ cursor: 0, history: '' })
    await record(second)
    await done
    expect(confirmed).toHaveBeenCalledWith({ cursor: 2 })
    expect(await loadJournalPosition(db(), 'tickets')).toEqual({ cursor: 2, history: 'j|' })
  })

  it('enqueues again what the queue had before the start and neither it nor the records have now', async () => {
    const lost = makeOwn('lost')
    const done = confirm([lost], { relayedUpTo: 1 })
    queues.startWorker('findings', async (job) => void (await recordJob(job)), { concurrency: 1 })
    expect(await done).toEqual({ cursor: 1 })
  })

  it('enqueues what the queue has lost since, before it waits for the next batch', async () => {
    queues.startWorker('findings', async (job) => void (await recordJob(job)), { concurrency: 1 })
    const began = performance.now()
    expect(await confirm([makeOwn('gone')])).toEqual({ cursor: 1 })
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  it('enqueues again what the queue has completed and the records have lost', async () => {
    const finding = makeOwn('completed')
    const handled = vi.fn(async () => undefined)
    queues.startWorker('findings', handled, { concurrency: 1 })
    await enqueueEachFinding(queues, [finding])
    await vi.waitFor(() => expect(handled).toHaveBeenCalledTimes(1), until)
    const done = confirm([finding], { relayedUpTo: 1 })
    await vi.waitFor(() => expect(handled.mock.calls.length).toBeGreaterThan(1), until)
    await record(finding)
    expect(await done).toEqual({ cursor: 1 })
  })

  it('passes a finding whose job failed, keeps it, and enqueues it again when the queue has lost it', async () => {
    const finding = makeOwn('failed')
    let works = false
    const handle = async (job: JobData['findings']) => {
      if (!works) throw new Error('cannot be handled')
      await recordJob(job)
    }
    queues.startWorker('findings', handle, { concurrency: 1 })
    await enqueueEachFinding(queues, [finding])
    await vi.waitFor(
      async () => expect(await queues.findFailed('findings', [finding.id])).toHaveLength(1),
      until,
    )
    expect(await confirm([finding], { relayedUpTo: 1 })).toEqual({ cursor: 1 })

    await recoverFailedFindings({ db: db(), queues })
    expect(await queues.findFailed('findings', [finding.id])).toEqual([finding.id])
    const letters = queues.deadLetters.find(({ name }) => name === 'findings')
    await letters?.drop(finding.id)
    works = true
    await recoverFailedFindings({ db: db(), queues })
    await vi.waitFor(
      async () =>
        expect(await db().selectFrom('findings').select('id').execute()).toEqual([{ id: finding.id }]),
      until,
    )
    await recoverFailedFindings({ db: db(), queues })
    expect(await db().selectFrom('failed_findings').selectAll().execute()).toEqual([])
  })

  it('forgets a failed finding that was dropped', async () => {
    const finding = makeOwn('dropped')
    await db()
      .insertInto('failed_findings')
      .values({ finding_id: finding.id, finding: JSON.stringify(finding), failed_at: new Date(now()) })
      .execute()
    await forgetFailedFinding(db(), finding.id)
    await recoverFailedFindings({ db: db(), queues })
    expect(await queues.findMissing('findings', [finding.id])).toEqual([finding.id])
  })

  it('ends without a new position when the program stops', async () => {
    const done = confirm([makeOwn('waiting')], { from: 5, next: 6 })
    stop.abort()
    expect(await done).toEqual({ cursor: 5 })
    expect(await loadJournalPosition(db(), 'tickets')).toEqual({ cursor: 0, history: '' })
  })
})
