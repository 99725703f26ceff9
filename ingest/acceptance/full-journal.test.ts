import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { names, startTestAcceptance } from '../testing/test-acceptance.ts'
import { openTestJournal, type TestJournal } from '../testing/test-journal.ts'
import { announce, message, testTime as now, reading } from '../testing/test-messages.ts'
import type { Acceptance } from './acceptance.ts'
import { AcceptanceBusyError, AcceptanceStoppedError } from './pending-work.ts'

let store: TestJournal

beforeEach(async () => {
  store = await openTestJournal(20_000)
})

afterEach(() => store.remove())

const started = () => startTestAcceptance({ journal: store.journal, now: () => now })

describe('a full journal', () => {
  const signal = new AbortController().signal

  /** Send readings until one is not acknowledged. */
  async function fill(acceptance: Acceptance): Promise<{ sent: number; held: Promise<void> }> {
    await acceptance.accept(announce('d-1'))
    for (let seq = 0; ; seq += 50) {
      const readings = Array.from({ length: 50 }, (_, i) => ({
        ts: now,
        values: { battery_temp_c: 20 },
        boot: 1,
        seq: seq + i,
      }))
      let settled = false
      const held = acceptance.accept(message(names.telemetry('d-1'), readings)).finally(() => {
        settled = true
      })
      const settledOrFull = () => settled || acceptance.info().backpressure !== undefined
      await vi.waitUntil(settledOrFull, { interval: 2, timeout: 20_000 })
      if (!settled) return { sent: seq + 50, held }
    }
  }

  test('holds back acknowledgements until its consumers have caught up, and drops nothing', async () => {
    const consumer = await store.journal.consumer('slow', 'telemetry')
    const acceptance = await started()
    const { sent, held } = await fill(acceptance)
    const resent = acceptance.accept(reading('d-1', sent - 1))

    let seen = 0
    const read = async (): Promise<void> => {
      const batch = await consumer.read(await consumer.cursor(), 1_000, signal)
      seen += batch.entries.filter((entry) => entry.type === 'reading').length
      await consumer.commit({ cursor: batch.next })
    }
    // The copy needs space for its sign of life, so the consumer reads on until both are acknowledged.
    let isSettled = false
    const settled = Promise.all([held, resent]).finally(() => {
      isSettled = true
    })
    while (!isSettled) {
      const { head } = (await store.journal.info()).streams.telemetry
      if ((await consumer.cursor()) < head) await read()
      else await new Promise(setImmediate)
    }
    await settled
    while (seen < sent) await read()

    expect(seen).toBe(sent)
    expect(acceptance.info()).toMatchObject({
      pending: 0,
      counts: { received: sent + 1, stored: sent, duplicate: 1 },
    })
  })

  test('does not keep the process from stopping: what waits is rejected, and new when it comes again', async () => {
    const consumer = await store.journal.consumer('slow', 'telemetry')
    const acceptance = await started()
    const { sent, held } = await fill(acceptance)
    const rejected = expect(held).rejects.toThrow(AcceptanceStoppedError)
    await acceptance.stop()
    await rejected
    await expect(acceptance.accept(reading('d-1', 0))).rejects.toThrow(AcceptanceStoppedError)

    await consumer.commit({ cursor: (await store.journal.info()).streams.telemetry.head })
    const next = await started()
    await next.accept(reading('d-1', sent - 1))
    expect(next.info().counts).toMatchObject({ stored: 1 })
  })

  test('does not fill the memory', async () => {
    await store.journal.consumer('slow', 'telemetry')
    const acceptance = await started()
    const { held } = await fill(acceptance)
    const large = { topic: names.telemetry('d-1'), payload: Buffer.alloc(500_000) }
    const answers = Array.from({ length: 150 }, () => acceptance.accept(large))
    const settled = Promise.allSettled([held, ...answers])
    await expect(answers.at(-1)).rejects.toThrow(AcceptanceBusyError)
    await acceptance.stop()
    const results = await settled
    expect(results.every(({ status }) => status === 'rejected')).toBe(true)
  })
})
