import type { Insertable, Kysely } from 'kysely'
import type { OwnerPerson } from '../../device-sim/people/owner.ts'
import type { TechnicianPerson } from '../../device-sim/people/staff.ts'
import type { PartStore } from '../../device-sim/people/stores.ts'
import type { DevicesTable, Records } from '../../store/records/schema.ts'

/** Everybody and everything that a month of service begins with. */
export interface Town {
  owners: readonly OwnerPerson[]
  devices: readonly Insertable<DevicesTable>[]
  technicians: readonly TechnicianPerson[]
  stores: readonly PartStore[]
}

/** Writes into empty records who is there at the beginning, as an import does. */
export async function settle(db: Kysely<Records>, town: Town, at: Date): Promise<void> {
  await db
    .insertInto('owners')
    .values(town.owners.map((owner) => ownerRow(owner, at)))
    .execute()
  await db
    .insertInto('devices')
    .values([...town.devices])
    .execute()
  await settleStores(db, town.stores, at)
  await settleTechnicians(db, town.technicians, at)
}

function ownerRow(owner: OwnerPerson, at: Date) {
  return {
    id: owner.id,
    created_at: at,
    locale: owner.locale,
    time_zone: owner.timeZone,
    quiet_from: owner.quietFrom,
    quiet_until: owner.quietUntil,
    region: owner.region,
    ...owner.home,
  }
}

async function settleStores(db: Kysely<Records>, stores: readonly PartStore[], at: Date): Promise<void> {
  const depots = stores.map(({ id, kind, region, place }) => ({
    id,
    name: id,
    kind,
    region,
    ...place,
    updated_at: at,
  }))
  await db.insertInto('depots').values(depots).execute()
  const stock = stores.flatMap(({ id, shelves }) =>
    shelves.map(({ part, onHand, safety }) => ({
      depot_id: id,
      part,
      on_hand: onHand,
      safety,
      updated_at: at,
    })),
  )
  await db.insertInto('stock').values(stock).execute()
}

async function settleTechnicians(
  db: Kysely<Records>,
  technicians: readonly TechnicianPerson[],
  at: Date,
): Promise<void> {
  const rows = technicians.map((technician) => ({
    id: technician.id,
    name: technician.id,
    region: technician.region,
    ...technician.home,
    time_zone: technician.timeZone,
    shift: JSON.stringify(technician.hours),
    visits_a_day: technician.visitsADay,
    rating: null,
    van_id: technician.van,
    active: true,
    updated_at: at,
  }))
  await db.insertInto('technicians').values(rows).execute()
  const skills = technicians.flatMap(({ id, skills }) =>
    skills.map((skill) => ({ technician_id: id, skill, kind: '*', model: '*' })),
  )
  await db.insertInto('technician_skills').values(skills).execute()
}
