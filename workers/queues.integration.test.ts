import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Finding } from '../contract/finding.ts'
import { RescheduleError } from '../desk/reschedule-error.ts'
import { makeFinding } from '../desk/testing/findings.ts'
import { combineDeadLetters, compareNewestFirst } from './dead-letters.ts'
import { findingsOf, type JobData } from './jobs.ts'
import { openQueues, type Queues } from './queues.ts'
import { openBullQueue } from './testing/bull-queue.ts'
import { describeEachQueueBackend } from './testing/describe-each-queue-backend.ts'

const until = { timeout: 20_000, interval: 20 }

const finding = (id: string) => makeFinding({ id })
const job = (id: string) => ({ id, data: finding(id) })

describeEachQueueBackend('queues', (place) => {
  let queues: Queues
  let failures: string[]
  const open = () =>
    openQueues({
      connection: place().connection,
      onError: (error, failed) => failures.push(`${failed?.id}: ${error.message}`),
      retry: { attempts: 3, initialDelayMs: 20 },
    })
  beforeEach(async () => {
    failures = []
    queues = await open()
  })
  afterEach(() => queues.close())

  it('hands over what was added, each id once', async () => {
    const handled: Finding[] = []
    await queues.add('findings', [job('once-1'), job('once-2')])
    await queues.add('findings', [job('once-1')])
    queues.startWorker('findings', async (data) => void handled.push(...findingsOf(data)), { concurrency: 4 })
    await vi.waitFor(() => expect(handled).toHaveLength(2), until)
    expect(handled.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([finding('once-1'), finding('once-2')])
    await queues.add('findings', [job('once-1'), job('once-3')])
    await vi.waitFor(() => expect(handled).toHaveLength(3), until)
  })

  it('takes a notice again once its job is done', async () => {
    const handled: string[] = []
    const notice = { id: 'n-again', data: { notice: 'n-again' } }
    queues.startWorker('notices', async (data) => void handled.push(data.notice), { concurrency: 1 })
    await queues.add('notices', [notice])
    await vi.waitFor(() => expect(handled).toHaveLength(1), until)
    await vi.waitFor(async () => {
      await queues.add('notices', [notice])
      expect(handled.length).toBeGreaterThan(1)
    }, until)
  })

  it('tries again what fails, and keeps for a person what failed for the last time', async () => {
    let broken = true
    let calls = 0
    const handle = async () => {
      calls++
      if (broken) throw new Error('the other side is down')
    }
    queues.startWorker('findings', handle, { concurrency: 1 })
    await queues.add('findings', [job('dead-1'), job('dead-2')])
    await vi.waitFor(async () => expect((await queues.counts()).findings.failed).toBe(2), until)
    expect(calls).toBe(6)
    expect(failures.filter((line) => line === 'dead-1: the other side is down')).toHaveLength(3)

    const deadLetters = combineDeadLetters(queues.deadLetters)
    const letters = await deadLetters.list({ limit: 100 })
    expect(letters.map(({ id }) => id).sort()).toEqual(['findings:dead-1', 'findings:dead-2'])
    expect(letters.find(({ id }) => id === 'findings:dead-1')).toEqual({
      id: 'findings:dead-1',
      source: 'findings',
      device: 'rv-1',
      error: 'the other side is down',
      attempts: 3,
      at: expect.any(Number),
      content: finding('dead-1'),
    })
    const [first, second] = letters
    expect(letters).toEqual(letters.toSorted(compareNewestFirst))
    expect(await deadLetters.list({ limit: 1 })).toEqual([first])
    expect(await deadLetters.list({ limit: 1, ...(first && { after: first }) })).toEqual([second])

    broken = false
    expect(await deadLetters.retry('findings:dead-1')).toEqual({ is: 'queued' })
    expect(await deadLetters.drop('findings:dead-2')).toEqual({ is: 'settled' })
    await vi.waitFor(() => expect(calls).toBe(7), until)
    await vi.waitFor(async () => expect(await deadLetters.list({ limit: 100 })).toEqual([]), until)
    expect(await deadLetters.retry('findings:dead-2')).toEqual({ is: 'unknown' })
    expect(await deadLetters.drop('findings:unknown')).toEqual({ is: 'unknown' })
    expect(await deadLetters.drop('nowhere:1')).toEqual({ is: 'unknown' })
  })

  it('does again what is not to be done yet, after so long, without an attempt or a word', async () => {
    let starts = 0
    const handle = async () => {
      if (++starts <= 5) throw new RescheduleError(30)
    }
    queues.startWorker('notices', handle, { concurrency: 1 })
    await queues.add('notices', [{ id: 'n-paced', data: { notice: 'n-paced' } }])
    await vi.waitFor(() => expect(starts).toBe(6), until)
    expect(failures).toEqual([])
    expect((await queues.counts()).notices.failed).toBe(0)
  })

  it('goes on with the rest while one fails', async () => {
    const handled: string[] = []
    const handle = async (data: JobData['findings']) => {
      const [{ id } = finding('none')] = findingsOf(data)
      if (id === 'poison') throw new Error('this one is not to be borne')
      handled.push(id)
    }
    queues.startWorker('findings', handle, { concurrency: 1 })
    const others = Array.from({ length: 20 }, (_, n) => `good-${n}`)
    await queues.add('findings', [job('poison'), ...others.map(job)])
    await vi.waitFor(async () => expect((await queues.counts()).findings.failed).toBe(1), until)
    await vi.waitFor(() => expect(handled).toHaveLength(20), until)
    expect(await combineDeadLetters(queues.deadLetters).drop('findings:poison')).toEqual({ is: 'settled' })
  })

  it('waits for what is away as long as it lasts, and uses up no attempt', async () => {
    let calls = 0
    const handle = async () => {
      calls++
      if (calls <= 7) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    }
    queues.startWorker('notices', handle, { concurrency: 1 })
    await queues.add('notices', [{ id: 'n-away', data: { notice: 'n-away' } }])
    await vi.waitFor(() => expect(calls).toBe(8), until)
    const nothing = { waiting: 0, active: 0, delayed: 0, failed: 0 }
    await vi.waitFor(async () => expect((await queues.counts()).notices).toEqual(nothing), until)
    expect(failures).toHaveLength(7)
  })

  it('adds a sweep only while none waits or runs, and again after one has failed', async () => {
    const other = await open()
    const ends: (() => void)[] = []
    const handle = () =>
      new Promise<void>((resolve, reject) => {
        ends.push(ends.length === 0 ? () => reject(new Error('the sweep failed')) : resolve)
      })
    queues.startWorker('sweep', handle, { concurrency: 4 })
    await Promise.all([queues.requestSweep(), other.requestSweep(), queues.requestSweep()])
    await vi.waitFor(() => expect(ends).toHaveLength(1), until)
    await other.requestSweep()
    expect((await queues.counts()).sweep).toEqual({ waiting: 0, active: 1, delayed: 0, failed: 0 })
    ends[0]?.()
    await vi.waitFor(() => expect(failures).toEqual(['sweep: the sweep failed']), until)
    await vi.waitFor(async () => {
      await other.requestSweep()
      expect(ends).toHaveLength(2)
    }, until)
    ends[1]?.()
    await other.close()
  })

  it('removes the schedule that earlier versions kept in the queue', async () => {
    const schedule = await openBullQueue(place().connection, 'sweep')
    await schedule.addSchedule('sweep', { every: 86_400_000, startDate: Date.now() + 60_000 })
    expect((await queues.counts()).sweep.delayed).toBe(1)
    await queues.removeSweepScheduler()
    expect((await queues.counts()).sweep.delayed).toBe(0)
    await schedule.close()
  })

  it('runs a delayed job in time after the clock was a day ahead', async () => {
    let starts = 0
    const handle = async () => {
      if (++starts === 1) throw new RescheduleError(50)
    }
    const realNow = Date.now
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 86_400_000)
    try {
      await queues.add('notices', [{ id: 'n-ahead', data: { notice: 'n-ahead' } }])
      queues.startWorker('notices', handle, { concurrency: 1 })
      await vi.waitFor(() => expect(starts).toBe(1), until)
    } finally {
      clock.mockRestore()
    }
    await vi.waitFor(async () => {
      await queues.repairTimes(Date.now())
      expect(starts).toBe(2)
    }, until)
  })

  it('leaves delayed jobs alone that wait for no longer than they should', async () => {
    queues.startWorker('notices', async () => Promise.reject(new RescheduleError(600_000)), {
      concurrency: 1,
    })
    await queues.add('notices', [{ id: 'n-later', data: { notice: 'n-later' } }])
    await vi.waitFor(async () => expect((await queues.counts()).notices.delayed).toBe(1), until)
    expect(await queues.repairTimes(Date.now())).toBe(0)
    expect(await queues.repairTimes(Date.now() + 700_000)).toBe(1)
  })

  it('shortens the lease of a job that a process took while the clock was ahead', async () => {
    const { connection } = place()
    await queues.add('findings', [job('leased')])
    const dead = await openBullQueue(connection, 'findings')
    await dead.takeJobAndDie(86_400_000)
    expect(await dead.leaseMs('leased')).toBeGreaterThan(80_000_000)
    await queues.repairTimes(Date.now())
    expect(await dead.leaseMs('leased')).toBeLessThan(30_000)
    await dead.close()
  })

  it('lets the job in work finish when it closes, and leaves the rest for the next start', async () => {
    const handled: string[] = []
    let begun = () => {}
    const first = new Promise<void>((resolve) => {
      begun = resolve
    })
    const slow = async (data: JobData['findings']) => {
      begun()
      await new Promise((resolve) => setTimeout(resolve, 200))
      handled.push(...findingsOf(data).map(({ id }) => id))
    }
    await queues.add('findings', [job('close-1'), job('close-2'), job('close-3')])
    queues.startWorker('findings', slow, { concurrency: 1 })
    await first
    await queues.close()
    expect(handled).toEqual(['close-1'])

    queues = await open()
    queues.startWorker('findings', slow, { concurrency: 1 })
    await vi.waitFor(() => expect(handled).toEqual(['close-1', 'close-2', 'close-3']), until)
  })
})
