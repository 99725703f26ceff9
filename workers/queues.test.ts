import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Finding } from '../rules/finding.ts'
import { openQueues, type Queues } from './queues.ts'
import { makeFinding } from './testing/findings.ts'
import { onEachQueue } from './testing/on-each-queue.ts'

const until = { timeout: 20_000, interval: 20 }

const finding = (id: string) => makeFinding({ id })
const job = (id: string) => ({ id, data: finding(id) })

onEachQueue('queues', (place) => {
  let queues: Queues
  let failures: string[]
  const open = () =>
    openQueues({
      connection: place().connection,
      onError: (error, failed) => failures.push(`${failed?.id}: ${error.message}`),
      retry: { attempts: 3, firstDelayMs: 20 },
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
    queues.work('findings', async (data) => void handled.push(data), { concurrency: 4 })
    await vi.waitFor(() => expect(handled).toHaveLength(2), until)
    expect(handled.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([finding('once-1'), finding('once-2')])
    await queues.add('findings', [job('once-1'), job('once-3')])
    await vi.waitFor(() => expect(handled).toHaveLength(3), until)
  })

  it('takes a notice again once its job is done', async () => {
    const handled: string[] = []
    const notice = { id: 'n-again', data: { notice: 'n-again' } }
    queues.work('notices', async (data) => void handled.push(data.notice), { concurrency: 1 })
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
    queues.work('findings', handle, { concurrency: 1 })
    await queues.add('findings', [job('dead-1'), job('dead-2')])
    await vi.waitFor(async () => expect((await queues.counts()).findings.failed).toBe(2), until)
    expect(calls).toBe(6)
    expect(failures.filter((line) => line === 'dead-1: the other side is down')).toHaveLength(3)

    const letters = await queues.deadLetters.list('findings')
    expect(letters.map(({ id }) => id).sort()).toEqual(['dead-1', 'dead-2'])
    expect(letters[0]).toMatchObject({ queue: 'findings', reason: 'the other side is down', attempts: 3 })
    expect(letters.find(({ id }) => id === 'dead-1')?.data).toEqual(finding('dead-1'))

    broken = false
    expect(await queues.deadLetters.retry('findings', 'dead-1')).toBe(true)
    expect(await queues.deadLetters.drop('findings', 'dead-2')).toBe(true)
    await vi.waitFor(() => expect(calls).toBe(7), until)
    await vi.waitFor(async () => expect(await queues.deadLetters.list('findings')).toEqual([]), until)
    expect(await queues.deadLetters.retry('findings', 'dead-2')).toBe(false)
    expect(await queues.deadLetters.drop('findings', 'nobody')).toBe(false)
  })

  it('sweeps again and again, one sweep at a time however many processes ask for it', async () => {
    const other = await open()
    let sweeps = 0
    queues.work('sweep', async () => void sweeps++, { concurrency: 1 })
    await Promise.all([queues.sweepEvery(100), other.sweepEvery(100)])
    await vi.waitFor(() => expect(sweeps).toBeGreaterThanOrEqual(3), until)
    expect((await queues.counts()).sweep.delayed).toBeLessThanOrEqual(1)
    await other.close()
  })

  it('lets the job in work finish when it closes, and leaves the rest for the next start', async () => {
    const handled: string[] = []
    let begun = () => {}
    const first = new Promise<void>((resolve) => {
      begun = resolve
    })
    const slow = async (data: Finding) => {
      begun()
      await new Promise((resolve) => setTimeout(resolve, 200))
      handled.push(data.id)
    }
    await queues.add('findings', [job('close-1'), job('close-2'), job('close-3')])
    queues.work('findings', slow, { concurrency: 1 })
    await first
    await queues.close()
    expect(handled).toEqual(['close-1'])

    queues = await open()
    queues.work('findings', slow, { concurrency: 1 })
    await vi.waitFor(() => expect(handled).toEqual(['close-1', 'close-2', 'close-3']), until)
  })
})
