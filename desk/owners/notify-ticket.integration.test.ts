import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import { severityRank } from '../../contract/finding.ts'
import { hourMs } from '../../lib/time.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { recordFindings } from '../findings/record-findings.ts'
import { findingAt, makeFinding } from '../testing/findings.ts'
import { TestDesk } from './testing/desk.ts'

const severities = Object.keys(severityRank) as (keyof typeof severityRank)[]

/** What may come over days, in any order. */
const happening = fc.oneof(
  fc.record({
    do: fc.constant('find' as const),
    device: fc.integer({ min: 1, max: 3 }),
    component: fc.constantFrom('battery', 'brush'),
    rule: fc.constantFrom('a', 'b'),
    state: fc.constantFrom('raised' as const, 'raised' as const, 'updated' as const, 'cleared' as const),
    severity: fc.constantFrom(...severities),
    hasNotice: fc.boolean(),
    hasTicket: fc.boolean(),
  }),
  fc.record({ do: fc.constant('own' as const), device: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('cancel' as const), nth: fc.nat(5) }),
  fc.record({ do: fc.constant('sweep' as const), hours: fc.integer({ min: 0, max: 30 }) }),
)

type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

describeEachDatabase('whatever happens', (records) => {
  let db: RecordsStore['db']
  beforeEach(() => {
    db = records().db
  })

  it('every ticket has one notice to its owner, and none twice', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 25 }), async (happenings) => {
        await deleteAllRecords(records())
        for (const device of [1, 2, 3]) await addDevice(device)
        const desk = new TestDesk(db, findingAt)
        for (const [index, one] of happenings.entries()) await happen(desk, one, index)
        await desk.sweep()
        // After the longest night.
        desk.now += 12 * hourMs
        await desk.sweep()
        expect(await unnotified()).toEqual([])
        const ids = desk.sent.map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        expect(await unsent(desk)).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  async function happen(desk: TestDesk, one: Happening, index: number): Promise<void> {
    desk.now += hourMs
    if (one.do === 'find') return find(one, { index, now: desk.now })
    if (one.do === 'own') return own(one.device)
    if (one.do === 'cancel') return cancel(desk, one.nth)
    desk.now += one.hours * hourMs
    await desk.sweep()
  }

  async function addDevice(number: number): Promise<void> {
    const at = new Date(findingAt)
    const what = {
      kind: 'robot_vacuum',
      model: null,
      firmware: null,
      site: null,
      region: null,
      presence: null,
    }
    await db
      .insertInto('devices')
      .values({ id: `rv-${number}`, owner_id: null, ...what, first_seen: at, updated_at: at })
      .execute()
  }

  /** From now on somebody has it. */
  async function own(device: number): Promise<void> {
    const owner = `u-${device}`
    await db
      .insertInto('owners')
      .values({ id: owner, created_at: new Date(findingAt), time_zone: 'Asia/Kolkata' })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    await db.updateTable('devices').set({ owner_id: owner }).where('id', '=', `rv-${device}`).execute()
  }

  async function find(
    found: Extract<Happening, { do: 'find' }>,
    { index, now }: { index: number; now: number },
  ): Promise<void> {
    const { device, component, rule, state, severity, hasNotice, hasTicket } = found
    const { notice, ticket, ...rest } = makeFinding({
      id: `f-${index}`,
      device: `rv-${device}`,
      component,
      rule,
      state,
      severity,
      at: now,
    })
    const finding = {
      ...rest,
      ...(hasNotice && notice && { notice }),
      ...(hasTicket && ticket && { ticket }),
    }
    await db.transaction().execute((trx) => recordFindings(trx, [finding], new Date(now)))
  }

  async function cancel(desk: TestDesk, nth: number): Promise<void> {
    const open = await db
      .selectFrom('tickets')
      .select('id')
      .where('work_state', '=', 'open')
      .orderBy('id')
      .execute()
    const ticket = open[nth]
    if (ticket !== undefined) await desk.command(ticket.id, { do: 'cancel' })
  }

  /** Return open tickets without a notice to their owner. */
  function unnotified() {
    return db
      .selectFrom('tickets')
      .innerJoin('devices', 'devices.id', 'tickets.device_id')
      .select(['number', 'device_id'])
      .where('owner_id', 'is not', null)
      .where('work_state', '=', 'open')
      .where('condition', '=', 'active')
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('notices')
              .select('notices.id')
              .whereRef('notices.ticket_id', '=', 'tickets.id')
              .whereRef('notices.user_id', '=', 'devices.owner_id'),
          ),
        ),
      )
      .execute()
  }

  /** Notices to owners that came to no phone, neither themselves nor in a digest. */
  async function unsent(desk: TestDesk) {
    const sent = new Set(desk.sent.map(({ id }) => id))
    const rows = await db
      .selectFrom('notices')
      .select(['id', 'digest_id', 'notice'])
      .where('user_id', 'like', 'u-%')
      .where('kind', '!=', 'reminder')
      .where('state', '!=', 'withdrawn')
      .execute()
    return rows.filter(({ id, digest_id }) => !sent.has(digest_id ?? id))
  }
})
