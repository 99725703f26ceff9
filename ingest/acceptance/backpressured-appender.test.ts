import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Journal, JournalFencedError, JournalWriteError } from '../../store/journal/journal.ts'
import { openTestJournal, type TestJournal, withOverrides } from '../testing/test-journal.ts'
import { BackpressuredAppender } from './backpressured-appender.ts'

let store: TestJournal
let time = 0
const stop = new AbortController()
const tick = { type: 'tick', at: 1 } as const

beforeEach(async () => {
  store = await openTestJournal()
})
afterEach(() => store.remove())

function appender(journal: Pick<Journal, 'append' | 'waitForSpace' | 'info'>): BackpressuredAppender {
  return new BackpressuredAppender({ journal, now: () => time, signal: stop.signal })
}

test('a disk that refuses is waited for', async () => {
  const append = vi.fn(store.journal.append.bind(store.journal))
  const patient = appender(withOverrides(store.journal, { append }))
  append.mockRejectedValueOnce(new JournalWriteError('no space left on device'))
  const done = patient.append([tick], {})
  await vi.waitUntil(() => patient.backpressure, { interval: 1 })
  expect(patient.backpressure).toEqual({ by: 'journal_failing', error: 'no space left on device' })
  expect(await done).toBe('done')
  expect(patient.backpressure).toBeUndefined()
  expect(await store.entries()).toEqual([tick])
})

test('what waiting cannot fix is thrown', async () => {
  const append = () => Promise.reject(new JournalFencedError('taken over'))
  await expect(appender(withOverrides(store.journal, { append })).append([tick], {})).rejects.toThrow(
    JournalFencedError,
  )
})

test('commits come more slowly while consumers leave less than a fifth of the journal', async () => {
  const info = await store.journal.info()
  let lag = 85
  const streams = { telemetry: { tail: 0, head: 100 }, findings: { tail: 0, head: 0 } }
  const filled = async () => {
    const series = {
      name: 'series',
      stream: 'telemetry' as const,
      cursor: 100 - lag,
      lag,
      deadLetterCount: 0,
    }
    return { ...info, bytes: 1_000, maxBytes: 1_000, streams, consumers: [series] }
  }
  const patient = appender(withOverrides(store.journal, { info: filled }))
  await patient.append([tick], {})
  expect(patient.backpressure).toEqual({ by: 'backlog', pauseMs: 250 })
  lag = 80
  time += 1_000
  await patient.append([tick], {})
  expect(patient.backpressure).toBeUndefined()
})
