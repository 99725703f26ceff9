import type { Insertable, Kysely } from 'kysely'
import type { SimulatedOwner } from '../../device-sim/people/owner.ts'
import type { StockLocation } from '../../device-sim/people/stock.ts'
import type { SimulatedTechnician } from '../../device-sim/people/technician.ts'
import type { DevicesTable, Records } from '../../store/records/schema.ts'

/** Everything that exists at the start of the service simulation. */
export interface SeedRecords {
  owners: readonly SimulatedOwner[]
  devices: readonly Insertable<DevicesTable>[]
  technicians: readonly SimulatedTechnician[]
  stockLocations: readonly StockLocation[]
}

/** Insert the seed records into an empty database, as an import does. */
export async function insertSeedRecords(
  db: Kysely<Records>,
  seedRecords: SeedRecords,
  at: Date,
): Promise<void> {
  await db
    .insertInto('owners')
    .values(seedRecords.owners.map((owner) => ownerRow(owner, at)))
    .execute()
  await db
    .insertInto('devices')
    .values([...seedRecords.devices])
    .execute()
  await insertStock(db, seedRecords.stockLocations, at)
  await insertTechnicians(db, seedRecords.technicians, at)
}

function ownerRow(owner: SimulatedOwner, at: Date) {
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

async function insertStock(db: Kysely<Records>, stores: readonly StockLocation[], at: Date): Promise<void> {
  const depots = stores.map(({ id, kind, region, location }) => ({
    id,
    name: id,
    kind,
    region,
    ...location,
    updated_at: at,
  }))
  await db.insertInto('depots').values(depots).execute()
  const stock = stores.flatMap(({ id, stockLevels }) =>
    stockLevels.map(({ part, onHand, safety }) => ({
      depot_id: id,
      part,
      on_hand: onHand,
      safety,
      updated_at: at,
    })),
  )
  await db.insertInto('stock').values(stock).execute()
}

async function insertTechnicians(
  db: Kysely<Records>,
  technicians: readonly SimulatedTechnician[],
  at: Date,
): Promise<void> {
  const rows = technicians.map((technician) => ({
    id: technician.id,
    name: technician.id,
    region: technician.region,
    ...technician.home,
    time_zone: technician.timeZone,
    shift: JSON.stringify(technician.hours),
    visits_a_day: technician.maxVisitsPerDay,
    rating: null,
    van_id: technician.vanId,
    active: true,
    updated_at: at,
  }))
  await db.insertInto('technicians').values(rows).execute()
  const skills = technicians.flatMap(({ id, skills }) =>
    skills.map((skill) => ({ technician_id: id, skill, kind: '*', model: '*' })),
  )
  await db.insertInto('technician_skills').values(skills).execute()
}
