import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { distanceKm, type GeoPosition, positionOf } from '../dispatch/distance.ts'

/** Where a part could come from. */
export interface PartSource {
  depot: string
  name: string
  kind: 'depot' | 'van'
  /** On hand and not reserved. */
  free: number
  /** From the place where it is needed; undefined where one of the two has no position. */
  distanceKm: number | undefined
}

interface PartSourceQuery {
  part: string
  /** The van of whoever goes: nobody else's is asked. */
  van: string | null
  near: GeoPosition | undefined
}

/** What has the part, the best first: the van that goes there anyway, then the nearest depot. */
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
