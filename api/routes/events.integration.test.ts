import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { recordDeskEvent } from '../../desk/desk-events.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { now } from '../testing/fixtures.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
let url: string
beforeAll(async () => {
  api = await openTestApi()
  url = `${await api.app.listen({ host: '127.0.0.1', port: 0 })}/api/events`
})
afterAll(() => api.close())
afterEach(() => deleteAllRecords(api.records))

interface Told {
  id: string
  event?: string
  data?: { ticket: string | null; score?: number }
}

/** Read a stream of events as its blocks; heartbeats have no event. */
async function listen(query = '', lastEventId?: string) {
  const gone = new AbortController()
  onTestFinished(() => gone.abort())
  const headers = { ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) }
  const response = await fetch(`${url}${query}`, { headers, signal: gone.signal })
  const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const next = async (): Promise<Told> => {
    while (!text.includes('\n\n')) {
      const { value, done } = await reader.read()
      if (done) return { id: 'end' }
      text += value
    }
    const [block = ''] = text.split('\n\n', 1)
    text = text.slice(block.length + 2)
    return blockOf(block)
  }
  const events = async (count: number) => {
    const told: Told[] = []
    while (told.length < count) {
      const block = await next()
      if (block.event !== undefined || block.id === 'end') told.push(block)
    }
    return told
  }
  return { response, next, events, first: await next(), leave: () => gone.abort() }
}

function blockOf(block: string): Told {
  const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]))
  const data = fields.get('data')
  const event = fields.get('event')
  return {
    id: fields.get('id') ?? '',
    ...(event !== undefined && { event }),
    ...(data !== undefined && { data: JSON.parse(data) }),
  }
}

async function happen(...scores: number[]): Promise<void> {
  for (const score of scores) {
    await api.records.db
      .transaction()
      .execute((trx) =>
        recordDeskEvent(trx, { type: 'survey_answered', ticket: `t-${score}`, at: now, data: { score } }),
      )
  }
}
const scores = (told: Told[]) => told.map(({ data }) => data?.score)

describe('/api/events', () => {
  test('tells what happens, in order, and how to come back', async () => {
    await happen(0)
    const { response, first, events } = await listen()
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    await happen(1, 2, 3)
    const told = await events(3)
    expect(scores(told)).toEqual([1, 2, 3])
    expect(told[0]).toMatchObject({ event: 'survey_answered', data: { ticket: 't-1', at: now } })
    expect(first.id).toMatch(/^\d+-\d+$/)
  })

  test('who comes back misses nothing and gets nothing twice', async () => {
    const seen: Told[] = []
    let lastId = '0-0'
    const writing = happen(...Array.from({ length: 60 }, (_, score) => score))
    while (seen.length < 60) {
      const { events, leave } = await listen('', lastId)
      const some = await events(Math.min(7, 60 - seen.length))
      leave()
      seen.push(...some)
      lastId = some.at(-1)?.id ?? ''
    }
    await writing
    expect(scores(seen)).toEqual(Array.from({ length: 60 }, (_, score) => score))
  })

  test('what many transactions write at once comes to everybody, each once and in the same order', async () => {
    const listeners = await Promise.all(Array.from({ length: 5 }, () => listen('', '0-0')))
    await Promise.all(Array.from({ length: 40 }, (_, score) => happen(score)))
    const told = await Promise.all(listeners.map(({ events }) => events(40)))
    const ids = told.map((each) => each.map(({ id }) => id))
    expect(new Set(ids[0]).size).toBe(40)
    for (const each of ids) expect(each).toEqual(ids[0])
  })

  test('more than a page of the past is read page by page', async () => {
    await api.records.db.transaction().execute(async (trx) => {
      for (let score = 0; score < 1_203; score++)
        await recordDeskEvent(trx, { type: 'survey_answered', ticket: null, at: now, data: { score } })
    })
    const { events } = await listen('', '0-0')
    await happen(1_203)
    expect(scores(await events(1_204))).toEqual(Array.from({ length: 1_204 }, (_, score) => score))
  })

  test('only what is asked for', async () => {
    const { events } = await listen('?ticket=t-2&type=survey_answered&type=escalated', '0-0')
    const { events: others } = await listen('?type=escalated', '0-0')
    await happen(1, 2)
    const data = { clock: 'response', step: 'at_risk', recipient: 'technician' }
    await api.records.db
      .transaction()
      .execute((trx) => recordDeskEvent(trx, { type: 'escalated', ticket: 't-2', at: now, data }))
    expect((await events(2)).map(({ event }) => event)).toEqual(['survey_answered', 'escalated'])
    expect((await others(1))[0]).toMatchObject({ event: 'escalated', data: { ticket: 't-2', ...data } })
  })

  test.each(['x', '1', '1-', '-1-1', `${2n ** 64n}-1`, `1-${2n ** 63n}`])(
    'refuses to go on behind %s',
    async (lastEventId) => {
      const response = await fetch(url, { headers: { 'last-event-id': lastEventId } })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ code: 'invalid_request' })
    },
  )

  test('there is a limit, and a place is free again when somebody leaves', async () => {
    const open = await Promise.all(Array.from({ length: 100 }, () => listen()))
    const refused = await fetch(url)
    expect(refused.status).toBe(429)
    await refused.body?.cancel()
    open[0]?.leave()
    await expect
      .poll(async () => {
        const { response, leave } = await listen()
        leave()
        return response.status
      })
      .toBe(200)
  })

  test('the end of the program ends all streams', async () => {
    const own = await openTestApi()
    const address = await own.app.listen({ host: '127.0.0.1', port: 0 })
    const response = await fetch(`${address}/api/events`)
    await own.close()
    expect(await response.text()).toContain('retry: 2000')
  })
})
