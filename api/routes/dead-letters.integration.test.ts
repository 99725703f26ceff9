import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { consume, type RunningConsumer } from '../../store/journal/consume.ts'
import { entries } from '../../store/journal/testing/entries.ts'
import { consumerDeadLetters } from '../../workers/consumer-dead-letters.ts'
import { now } from '../testing/fixtures.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
let consumption: RunningConsumer
const stop = new AbortController()
let refused = new Set([0, 1, 2])

/** A consumer of the journal that cannot handle the first three entries. */
beforeAll(async () => {
  api = await openTestApi()
  const consumer = await api.journal.consumer('some/3', 'telemetry')
  const from = await api.journal.append('telemetry', [])
  await api.journal.append('telemetry', entries(0, 5))
  let time = now
  consumption = consume({
    consumer,
    maxEntries: 10,
    retry: { initialMs: 0, maxMs: 0 },
    signal: stop.signal,
    now: () => time++,
    onError: () => undefined,
    startOffset: from,
    async handle({ entries, next }) {
      for (const entry of entries) {
        if (entry.type === 'reading' && refused.has(entry.reading.seq ?? -1)) throw new Error('not so')
      }
      return { cursor: next }
    },
  })
  api.deadLetterSources.push(consumerDeadLetters('some/3', consumption))
  await vi.waitFor(async () => expect(await consumption.deadLetters()).toHaveLength(3), { timeout: 20_000 })
})
afterAll(async () => {
  stop.abort()
  await consumption.done
  await api.close()
})

const get = async (url: string) => (await api.app.inject(url)).json()
const idOf = async (n: number) => `some/3:${(await consumption.deadLetters())[n]?.offset}`

async function ask(method: 'POST' | 'DELETE', id: string) {
  const path = `/api/dead-letters/${encodeURIComponent(id)}`
  const response =
    method === 'POST'
      ? await api.app.inject({ method, url: `${path}/retry`, payload: {} })
      : await api.app.inject({ method, url: path })
  return { status: response.statusCode, body: response.json() }
}

test('are listed, newest first, page by page', async () => {
  const first = await get('/api/dead-letters?limit=2')
  expect(first.items).toEqual([
    {
      id: await idOf(2),
      source: 'some/3',
      device: 'device-2',
      error: 'not so',
      attempts: expect.any(Number),
      at: new Date(now + 2).toISOString(),
      content: entries(2, 3)[0],
    },
    expect.objectContaining({ id: await idOf(1) }),
  ])
  const second = await get(`/api/dead-letters?limit=2&cursor=${first.next}`)
  expect(second).toMatchObject({ items: [{ id: await idOf(0) }], next: null })
})

test('are handled again, or forgotten, when asked for', async () => {
  const [first, second, third] = [await idOf(0), await idOf(1), await idOf(2)]
  refused = new Set([1, 2])
  expect(await ask('POST', first)).toEqual({ status: 200, body: { outcome: 'settled' } })
  expect(await ask('POST', second)).toEqual({ status: 200, body: { outcome: 'failed', error: 'not so' } })
  expect(await ask('DELETE', third)).toEqual({ status: 200, body: { outcome: 'settled' } })
  expect((await get('/api/dead-letters')).items).toMatchObject([{ id: second }])
  for (const id of [first, 'some/3:x', 'nowhere:1', 'x']) {
    expect(await ask('POST', id)).toMatchObject({ status: 404, body: { code: 'dead_letter_not_found' } })
    expect(await ask('DELETE', id)).toMatchObject({ status: 404, body: { code: 'dead_letter_not_found' } })
  }
})

test('cannot be asked for by a page of another origin', async () => {
  const url = `/api/dead-letters/${encodeURIComponent(await idOf(0))}/retry`
  const response = await api.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'text/plain' },
    payload: '{}',
  })
  expect(response.statusCode).toBe(400)
})
