import type { RecordsStore } from '../../../store/records/records-store.ts'
import { recordFindings } from '../../findings/record-findings.ts'
import { findingAt, makeFinding } from '../../testing/findings.ts'

type Db = RecordsStore['db']

/** A Wednesday at 10:00 UTC. */
export const now = Date.UTC(2026, 5, 3, 10)
const at = new Date(now)

export interface TechnicianSeed {
  id: string
  skill?: string
  kind?: string
  latitude?: number | null
  rating?: number | null
  van?: string | null
  active?: boolean
}

/** Insert technicians who work Monday to Friday from 8 to 17 in Berlin. */
export async function addTechnicians(db: Db, people: readonly TechnicianSeed[]): Promise<void> {
  const shift = JSON.stringify([{ days: [1, 2, 3, 4, 5], from: '08:00', until: '17:00' }])
  for (const {
    id,
    skill = 'power',
    kind = '*',
    latitude = 52.5,
    rating = null,
    van = null,
    active = true,
  } of people) {
    const place = { region: 'DE', latitude, longitude: latitude === null ? null : 13.4 }
    const work = { time_zone: 'Europe/Berlin', shift, visits_a_day: 4, rating, van_id: van, active }
    await db
      .insertInto('technicians')
      .values({ id, name: id, ...place, ...work, updated_at: at })
      .execute()
    await db.insertInto('technician_skills').values({ technician_id: id, skill, kind, model: '*' }).execute()
  }
}

export async function addDepot(
  db: Db,
  depot: { id: string; kind?: 'depot' | 'van'; latitude?: number; region?: string },
  stock: { part?: string; onHand: number; safety?: number },
): Promise<void> {
  const { id, kind = 'depot', latitude = 52.5, region = 'DE' } = depot
  await db
    .insertInto('depots')
    .values({ id, name: `depot ${id}`, kind, region, latitude, longitude: 13.4, updated_at: at })
    .execute()
  const { part = 'battery', onHand, safety = 0 } = stock
  await db
    .insertInto('stock')
    .values({ depot_id: id, part, on_hand: onHand, safety, updated_at: at })
    .execute()
}

/** Insert a level 3 ticket for a vacuum's battery, whose owner lives in Berlin. @returns its id */
export async function addTicket(db: Db, number = 1): Promise<string> {
  const device = `rv-${number}`
  const owner = { id: `u-${number}`, region: 'DE', latitude: 52.52, longitude: 13.4, created_at: at }
  await db.insertInto('owners').values(owner).execute()
  const what = {
    kind: 'robot_vacuum',
    model: 'RV-20',
    firmware: null,
    site: null,
    region: 'DE',
    presence: null,
  }
  await db
    .insertInto('devices')
    .values({ id: device, owner_id: owner.id, ...what, first_seen: at, updated_at: at })
    .execute()
  const ticket = { sla: 'level3', part: 'battery', skill: 'power' } as const
  const finding = makeFinding({ id: `f-${number}`, device, at: findingAt, ticket })
  await db.transaction().execute((trx) => recordFindings(trx, [finding], at))
  const { id } = await db
    .selectFrom('tickets')
    .select('id')
    .where('device_id', '=', device)
    .executeTakeFirstOrThrow()
  return id
}
