import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hourMs } from '../../lib/time.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { device, now, ticket } from '../testing/fixtures.ts'
import { sendRequest } from '../testing/send-request.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

const technician = { name: 'Grace', timeZone: 'UTC', shifts: [], visitsADay: 3, skills: [] }
const number = 'FW-2026-000123'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())
beforeEach(async () => {
  await deleteAllRecords(api.records)
  await sendRequest(api, 'PUT /api/technicians/t-1', { body: technician })
  const { db } = api.records
  await db
    .insertInto('owners')
    .values({ id: 'u-1', created_at: new Date(now), region: 'DE' })
    .execute()
  await db.insertInto('devices').values(device('d-1')).execute()
  await db
    .insertInto('tickets')
    .values(
      ticket('k-1', {
        number,
        sla: 'level1',
        respond_by: new Date(now + hourMs / 4),
        solve_by: new Date(now + 2 * hourMs),
      }),
    )
    .execute()
})

interface Told {
  key?: string
  ifMatch?: string
  actor?: string
  reason?: string
}

function order(command: object, { actor = 'dispatcher:ada', reason, ...told }: Told = {}) {
  const body = { actor, command, ...(reason !== undefined && { reason }) }
  return sendRequest(api, 'POST /api/tickets/k-1/commands', { ...told, body })
}

describe('commands', () => {
  test('lead a ticket through its life', async () => {
    const steps = [
      [{ do: 'acknowledge' }, 'open'],
      [{ do: 'assign', technician: 't-1' }, 'assigned'],
      [{ do: 'book_visit', from: '2026-06-01T13:00:00Z', until: '2026-06-01T15:00:00+00:00' }, 'assigned'],
      [{ do: 'depart' }, 'en_route'],
      [{ do: 'arrive' }, 'in_progress'],
      [
        {
          do: 'resolve',
          verdict: 'worn',
          cause: 'Worn.',
          work: 'Replaced.',
          nextServiceAt: '2027-06-01T00:00:00Z',
        },
        'resolved',
      ],
      [{ do: 'close' }, 'closed'],
    ] as const
    for (const [command, workState] of steps) {
      const { status, body } = await order(command)
      expect({ status, workState: body.workState }).toEqual({ status: 200, workState })
    }
    const { body } = await sendRequest(api, `GET /api/tickets/${number}`)
    expect(body).toMatchObject({
      id: 'k-1',
      technician: 't-1',
      verdict: 'worn',
      visit: { from: '2026-06-01T13:00:00.000Z', until: '2026-06-01T15:00:00.000Z' },
      report: { cause: 'Worn.', work: 'Replaced.', nextServiceAt: '2027-06-01T00:00:00.000Z' },
      clocks: { response: { state: 'met' }, solution: { state: 'met' } },
      version: 8,
    })
    expect(body.history.map(({ what }: { what: string }) => what).toSorted()).toEqual(
      steps.map(([command]) => command.do).toSorted(),
    )
  })

  test('what the states do not allow is refused, with what is possible', async () => {
    const { status, body } = await order({ do: 'arrive' })
    expect(status).toBe(409)
    expect(body).toMatchObject({
      code: 'command_rejected',
      detail: expect.stringContaining('Possible now: assign'),
    })
    expect((await order({ do: 'cancel' })).body.detail).toBe('cancel needs a reason.')
    expect((await order({ do: 'cancel' }, { reason: 'It was sold.' })).body.workState).toBe('cancelled')
  })

  test('the same one twice with one key, or twenty times at once, has one effect', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => order({ do: 'note', text: 'Called him.' }, { key: 'k' })),
    )
    expect(new Set(answers.map(({ text, tag }) => `${tag} ${text}`)).size).toBe(1)
    const { body } = await sendRequest(api, 'GET /api/tickets/k-1')
    expect(body.history).toHaveLength(1)
    expect(body.version).toBe(2)
  })

  test('of two dispatchers who saw the same, one assigns', async () => {
    await sendRequest(api, 'PUT /api/technicians/t-2', { body: technician })
    const { tag } = await sendRequest(api, 'GET /api/tickets/k-1')
    const answers = await Promise.all(
      ['t-1', 't-2'].map((id) => order({ do: 'assign', technician: id }, { ifMatch: tag })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412])
    expect((await sendRequest(api, 'GET /api/tickets/k-1')).body.version).toBe(2)
  })

  test.each([
    [{ do: 'vanish' }, {}, 400],
    [{ do: 'shelve', until: 'tomorrow' }, {}, 400],
    [{ do: 'resolve', verdict: 'worn' }, {}, 400],
    [{ do: 'note', text: 'x' }, { actor: 'desk' }, 400],
    [{ do: 'note', text: 'x' }, { ifMatch: '"1", "2"' }, 400],
    [{ do: 'note', text: 'x' }, { ifMatch: '"7"' }, 412],
    [{ do: 'assign', technician: 'unknown' }, {}, 404],
  ])('%j of %j is answered %i', async (command, told, status) => {
    expect((await order(command, told)).status).toBe(status)
  })

  test('a ticket that is not there', async () => {
    const body = { actor: 'dispatcher:ada', command: { do: 'close' } }
    expect((await sendRequest(api, 'POST /api/tickets/x/commands', { body })).body.code).toBe(
      'ticket_not_found',
    )
  })
})

describe('/api/tickets', () => {
  test.each([
    [`number=${number}`, 1],
    ['number=FW-2026-000124', 0],
    ['technician=t-1', 0],
    ['operatorState=unacknowledged', 1],
    ['region=DE', 1],
    ['region=CN', 0],
    [`dueBefore=${now + hourMs}`, 1],
    [`dueBefore=${now}`, 0],
  ])('filters by %s', async (query, count) => {
    expect((await sendRequest(api, `GET /api/tickets?${query}`)).body.items).toHaveLength(count)
  })

  test('one tells how its clocks stand, and is not sent twice', async () => {
    const { tag, body } = await sendRequest(api, 'GET /api/tickets/k-1')
    expect(body.clocks).toEqual({
      response: { state: 'at_risk', dueAt: new Date(now + hourMs / 4).toISOString(), metAt: null },
      solution: { state: 'running', dueAt: new Date(now + 2 * hourMs).toISOString(), metAt: null },
    })
    expect((await sendRequest(api, 'GET /api/tickets/k-1', { ifNoneMatch: tag })).status).toBe(304)
    await api.records.db
      .insertInto('escalations')
      .values({ ticket_id: 'k-1', clock: 'response', step: 'at_risk', told: 'technician', at: new Date(now) })
      .execute()
    const later = await sendRequest(api, 'GET /api/tickets/k-1', { ifNoneMatch: tag })
    expect(later).toMatchObject({ status: 200, body: { version: 1, escalations: [{ told: 'technician' }] } })
    expect((await order({ do: 'acknowledge' }, { ifMatch: tag })).status).toBe(200)
  })
})
