import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Journal, JournalFencedError, JournalWriteError } from '../../store/journal/journal.ts'
import { changed, openTestJournal, type TestJournal } from '../testing/journal.ts'
import { PatientAppender } from './append-patiently.ts'

let store: TestJournal
let time = 0
const stop = new AbortController()
const tick = { type: 'tick', at: 1 } as const

beforeEach(async () => {
  store = await openTestJournal()
})
afterEach(() => store.remove())

function appender(journal: Pick<Journal, 'append' | 'room' | 'info'>): PatientAppender {
  return new PatientAppender({ journal, now: () => time, signal: stop.signal })
}

test('a disk that refuses is waited for', async () => {
  const append = vi.fn(store.journal.append.bind(store.journal))
  const patient = appender(changed(store.journal, { append }))
  append.mockRejectedValueOnce(new JournalWriteError('no space left on device'))
  const done = patient.append([tick], {})
  await vi.waitUntil(() => patient.heldBack, { interval: 1 })
  expect(patient.heldBack).toEqual({ by: 'failing journal', error: 'no space left on device' })
  expect(await done).toBe('done')
  expect(patient.heldBack).toBeUndefined()
  expect(await store.entries()).toEqual([tick])
})

test('what no waiting mends is thrown', async () => {
  const append = () => Promise.reject(new JournalFencedError('taken over'))
  await expect(appender(changed(store.journal, { append })).append([tick], {})).rejects.toThrow(
    JournalFencedError,
  )
})

test('commits come more slowly while consumers leave less than a fifth of the journal', async () => {
  const info = await store.journal.info()
  let lag = 85
  const streams = { telemetry: { tail: 0, head: 100 }, findings: { tail: 0, head: 0 } }
  const filled = async () => {
    const series = { name: 'series', stream: 'telemetry' as const, cursor: 100 - lag, lag, aside: 0 }
    return { ...info, bytes: 1_000, maxBytes: 1_000, streams, consumers: [series] }
  }
  const patient = appender(changed(store.journal, { info: filled }))
  await patient.append([tick], {})
  expect(patient.heldBack).toEqual({ by: 'backlog', pauseMs: 250 })
  lag = 80
  time += 1_000
  await patient.append([tick], {})
  expect(patient.heldBack).toBeUndefined()
})
