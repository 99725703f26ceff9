import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { finding, notice, now, ticket } from '../testing/fixtures.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
const get = async (url: string) => {
  const response = await api.app.inject(url)
  return { status: response.statusCode, body: response.json() }
}
const ids = (body: { items: { id: string }[] }) => body.items.map(({ id }) => id)

beforeAll(async () => {
  api = await openTestApi()
  const { db } = api.records
  await db
    .insertInto('tickets')
    .values([
      ticket('t-1', { opened_at: new Date(now - 3 * dayMs), work_state: 'closed' }),
      ticket('t-2', { opened_at: new Date(now - dayMs), device_id: 'd-2', severity: 'major' }),
      ticket('t-3', { opened_at: new Date(now - dayMs), component: 'filter', condition: 'cleared' }),
      ticket('t-4', { rule: 'robot_vacuum.filter_clogged', epoch: 1, work_state: 'assigned' }),
    ])
    .execute()
  await db.insertInto('findings').values(finding('f-1', 't-4')).execute()
  await db
    .insertInto('notices')
    .values(notice('n-1', 'f-1', 't-4'))
    .execute()
  const step = { ticket_id: 't-4', actor: 'rules', what: 'opened', detail: '{"finding":"f-1"}' }
  await db
    .insertInto('ticket_history')
    .values([
      { ...step, step_id: 'late', at: new Date(now), what: 'updated' },
      { ...step, step_id: 'soon', at: new Date(now - 1) },
    ])
    .execute()
})
afterAll(() => api.close())

describe('/api/tickets', () => {
  test('lists tickets newest first, page by page, also where two are of the same time', async () => {
    const seen: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const { body }: { body: { items: { id: string }[]; next: string | null } } = await get(
        `/api/tickets?limit=1${next && `&cursor=${next}`}`,
      )
      seen.push(...ids(body))
      next = body.next
    }
    expect(seen).toEqual(['t-4', 't-3', 't-2', 't-1'])
  })

  test.each([
    ['device=d-2', ['t-2']],
    ['component=filter', ['t-3']],
    ['rule=robot_vacuum.filter_clogged', ['t-4']],
    ['severity=major', ['t-2']],
    ['condition=cleared', ['t-3']],
    ['workState=assigned', ['t-4']],
    ['open=false', ['t-1']],
    ['open=true&device=d-1', ['t-4', 't-3']],
  ])('filters by %s', async (query, expected) => {
    expect(ids((await get(`/api/tickets?${query}`)).body)).toEqual(expected)
  })

  test.each(['severity=huge', 'open=perhaps', `cursor=${Buffer.from('["x","y"]').toString('base64url')}`])(
    'refuses %s',
    async (query) => {
      expect(await get(`/api/tickets?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'invalid_request' },
      })
    },
  )
})

describe('/api/tickets/{id}', () => {
  test('tells why, what was done, and who was told', async () => {
    const { body } = await get('/api/tickets/t-4')
    expect(body).toMatchObject({ id: 't-4', device: 'd-1', epoch: 1, openedAt: new Date(now).toISOString() })
    expect(body.evidence).toMatchObject({ detector: 'forecast', slopePerDay: -0.05, limit: 80 })
    expect(body.history).toMatchObject([{ what: 'opened', detail: { finding: 'f-1' } }, { what: 'updated' }])
    expect(body.findings).toMatchObject([{ id: 'f-1', state: 'raised', evidence: { value: 81.2 } }])
    expect(body.notices).toMatchObject([{ id: 'n-1', user: 'u-1', state: 'sent', deliveredAt: null }])
  })

  test('a ticket that is not known', async () => {
    expect(await get('/api/tickets/nothing')).toMatchObject({
      status: 404,
      body: { code: 'ticket_not_found' },
    })
  })
})
