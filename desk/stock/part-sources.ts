import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { distanceKm, type GeoPosition, positionOf } from '../dispatch/distance.ts'

/** Depot or van with free parts. */
export interface PartSource {
  depot: string
  name: string
  kind: 'depot' | 'van'
  /** On hand and not reserved. */
  free: number
  /** Distance from where the part is needed; undefined when a position is unknown. */
  distanceKm: number | undefined
}

interface PartSourceQuery {
  part: string
  /** Van of the assigned technician; other vans are not considered. */
  van: string | null
  near: GeoPosition | undefined
}

/** Return the sources of a part, best first: the technician's own van, then the nearest depot. */
export async function findPartSources(
  db: Kysely<Records>,
  { part, van, near }: PartSourceQuery,
): Promise<PartSource[]> {
  const rows = await db
    .selectFrom('stock')
    .innerJoin('depots', 'depots.id', 'stock.depot_id')
    .select(['depots.id', 'name', 'kind', 'latitude', 'longitude', 'on_hand', 'reserved'])
    .where('part', '=', part)
    .where((is) => is.or([is('kind', '=', 'depot'), is('depots.id', '=', van ?? '')]))
    .whereRef('on_hand', '>', 'reserved')
    .execute()
  const sources = rows.map(({ id, name, kind, on_hand, reserved, ...place }) => {
    const position = positionOf(place)
    const far = near === undefined || position === undefined ? undefined : distanceKm(near, position)
    return { depot: id, name, kind, free: on_hand - reserved, distanceKm: far }
  })
  return sources.sort(
    (one, other) =>
      Number(one.kind === 'depot') - Number(other.kind === 'depot') ||
      (one.distanceKm ?? Number.POSITIVE_INFINITY) - (other.distanceKm ?? Number.POSITIVE_INFINITY) ||
      (one.depot < other.depot ? -1 : 1),
  )
}
