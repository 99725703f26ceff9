import type { Insertable, Kysely } from 'kysely'
import type { Evidence } from '../../../contract/finding.ts'
import type { Records } from '../../../store/records/schema.ts'

export type Row<T extends keyof Records> = Partial<Insertable<Records[T]>>

/** Create functions that insert rows with neutral defaults. */
export function recordFixtures(db: Kysely<Records>) {
  const at = new Date('2026-06-10T12:00:00Z')
  return {
    async owner(id: string, row: Row<'owners'> = {}) {
      const created_at = new Date('2026-01-01T00:00:00Z')
      await db
        .insertInto('owners')
        .values({ id, created_at, ...row })
        .execute()
    },
    async device(id: string, row: Row<'devices'> = {}) {
      const since = new Date('2026-01-01T00:00:00Z')
      const known = { kind: 'robot_vacuum', model: 'RV-20', firmware: '2.1.0', first_seen: since }
      const unset = { owner_id: null, site: null, region: null, presence: null, updated_at: since }
      await db
        .insertInto('devices')
        .values({ id, ...known, ...unset, ...row })
        .execute()
    },
    async technician(id: string, row: Row<'technicians'> = {}) {
      const place = { region: null, latitude: null, longitude: null, time_zone: 'UTC', van_id: null }
      const work = { shift: '[]', visits_a_day: 5, rating: null, active: true, updated_at: at }
      await db
        .insertInto('technicians')
        .values({ id, name: `Technician ${id}`, ...place, ...work, ...row })
        .execute()
    },
    async ticket(id: string, row: Row<'tickets'> = {}) {
      const about = {
        device_id: `d-${id}`,
        component: 'battery',
        epoch: 0,
        rule: 'robot_vacuum.battery_worn',
      }
      const asks = { severity: 'minor', sla: 'level3', part: null, skill: null } as const
      const state = { condition: 'active', operator_state: 'acknowledged', work_state: 'open' } as const
      const times = { opened_at: at, created_at: at, updated_at: at }
      await db
        .insertInto('tickets')
        .values({ id, number: id, ...about, ...asks, ...state, evidence: '{}', ...times, ...row })
        .execute()
    },
    async finding(id: string, ticket_id: string, evidence: Evidence, row: Row<'findings'> = {}) {
      const about = { device_id: 'd', component: 'battery', epoch: 0, rule: 'robot_vacuum.battery_worn' }
      const defaults = { version: 'v1', state: 'raised', severity: 'minor', at, owed_notice: null } as const
      await db
        .insertInto('findings')
        .values({ id, ticket_id, ...about, ...defaults, evidence: JSON.stringify(evidence), ...row })
        .execute()
    },
    async survey(ticket_id: string, score: number | null, row: Row<'surveys'> = {}) {
      const answered_at = score === null ? null : at
      await db
        .insertInto('surveys')
        .values({ ticket_id, user_id: 'o-1', asked_at: at, score, answered_at, ...row })
        .execute()
    },
    async notice(id: string, row: Row<'notices'> = {}) {
      const content = {
        user_id: 'o-1',
        notice: 'battery_replacement',
        title: 'A title',
        body: 'A body',
        data: '{}',
      }
      const state = { state: 'sent', attempts: 1, last_error: null, next_attempt_at: null } as const
      const times = { created_at: at, sent_at: at, delivered_at: null, inbox_at: null }
      const about = { device_id: null, ticket_id: null, finding_id: null }
      await db
        .insertInto('notices')
        .values({ id, ...about, ...content, ...state, ...times, ...row })
        .execute()
    },
    async step(ticket_id: string, what: string) {
      const step = { step_id: `${what}-${ticket_id}`, at, actor: 'dispatcher:kim', what, detail: '{}' }
      await db
        .insertInto('ticket_history')
        .values({ ticket_id, ...step })
        .execute()
    },
    async usedPart(ticket_id: string, part: string, row: Row<'reservations'> = {}) {
      const depot = { id: 'depot-1', name: 'Depot', kind: 'depot', region: null, latitude: null } as const
      await db
        .insertInto('depots')
        .values({ ...depot, longitude: null, updated_at: at })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      await db
        .insertInto('stock')
        .values({ depot_id: depot.id, part, on_hand: 100, updated_at: at })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      const reservation = { id: `r-${ticket_id}`, ticket_id, depot_id: depot.id, part, quantity: 1, at }
      await db
        .insertInto('reservations')
        .values({ ...reservation, state: 'used', ...row })
        .execute()
    },
  }
}
