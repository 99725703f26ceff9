import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dayMs, minuteMs } from '../../lib/time.ts'
import type { Acceptance } from '../acceptance/acceptance.ts'
import { AcceptanceStoppedError } from '../acceptance/pending-work.ts'
import { names, startTestAcceptance } from '../testing/test-acceptance.ts'
import { openTestJournal, type TestJournal } from '../testing/test-journal.ts'
import { ServerClock } from './server-clock.ts'

const releasedAt = Date.UTC(2026, 10, 29)
const today = Date.UTC(2027, 2, 1)

describe('an acceptance', () => {
  let store: TestJournal
  let now: number
  let acceptance: Acceptance
  let acknowledged: string[]

  beforeEach(async () => {
    store = await openTestJournal()
    now = today
    acknowledged = []
    await start()
  })
  afterEach(async () => {
    await acceptance.stop()
    await store.remove()
  })

  async function start(): Promise<void> {
    const serverClock = new ServerClock({
      now: () => now,
      monotonicNow: () => performance.now(),
      releasedAt,
      maxClockAheadMs: 10 * minuteMs,
    })
    acceptance = await startTestAcceptance({ journal: store.journal, now: () => now, serverClock })
  }

  async function restart(): Promise<void> {
    await acceptance.stop()
    await start()
  }

  /** Send a message; its name is added to `acknowledged` when it is. */
  function send(name: string, topic: string, content: object): Promise<void> {
    const payload = Buffer.from(JSON.stringify(content))
    return acceptance.accept({ topic, payload }).then(() => void acknowledged.push(name))
  }
  const announce = (device: string) =>
    send(`announced ${device}`, names.state(device), { state: 'online', kind: 'phone' })
  const read = (device: string, ts: number | string) =>
    send(`read ${device}`, names.telemetry(device), { ts, values: { battery_temp_c: 20 } })

  const quarantined = () => acceptance.info().counts.quarantined ?? 0
  const held = () => acceptance.info().backpressure

  it('acknowledges nothing before the release, and validates what waits by the clock that was set', async () => {
    await announce('a')
    now = Date.UTC(2000, 0, 1)
    await restart()
    expect(held()).toMatchObject({ by: 'clock', detail: expect.stringContaining('says 2000-01-01') })
    const sent = [read('a', today), announce('b'), read('b', today)]
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(acknowledged).toEqual(['announced a'])
    now = today
    await Promise.all(sent)
    expect([held(), quarantined()]).toEqual([undefined, 0])
    expect((await store.entries()).filter(({ type }) => type === 'reading')).toMatchObject([
      { receivedAt: today, reading: { device: 'a', ts: today } },
      { receivedAt: today, reading: { device: 'b', ts: today } },
    ])
  })

  it.each(['running', 'restarted'])(
    'holds back while the clock of a %s program is a day behind',
    async (as) => {
      await announce('a')
      await read('a', today)
      now = today - dayMs
      if (as === 'restarted') await restart()
      // Before a device contradicts it, a clock that is behind the journal is believed.
      expect(held() === undefined).toBe(as === 'restarted')
      const sent = read('a', today + minuteMs)
      await vi.waitFor(() => expect(held()).toMatchObject({ by: 'clock' }))
      now = today + minuteMs
      await sent
      expect([held(), quarantined()]).toEqual([undefined, 0])
    },
  )

  it('goes on at once after the clock was forty days ahead, whatever the journal has', async () => {
    await announce('a')
    now = today + 40 * dayMs
    await read('a', today)
    await announce('b')
    await store.journal.append('telemetry', [{ type: 'tick', at: now }])
    now = today + minuteMs
    for (const as of ['running', 'restarted']) {
      if (as === 'restarted') await restart()
      await read('b', now + (as === 'running' ? 0 : 1))
      expect([held(), quarantined()]).toEqual([undefined, 0])
    }
  })

  it('quarantines the readings of one device that is ahead while the others agree with the clock', async () => {
    now = today + 40 * dayMs
    await announce('a')
    now = today
    await read('a', today)
    await announce('b')
    await read('b', today + dayMs)
    expect([held(), quarantined()]).toEqual([undefined, 1])
  })

  it('rejects what waits when it is stopped, and stores none of it', async () => {
    await announce('a')
    now = Date.UTC(2000, 0, 1)
    const rejected = expect(read('a', today)).rejects.toThrow(AcceptanceStoppedError)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await acceptance.stop()
    await rejected
    expect(
      (await store.entries()).filter(({ type }) => type === 'quarantined' || type === 'reading'),
    ).toEqual([])
  })
})
