import { distanceKm, type GeoPosition } from '../dispatch/distance.ts'

/** Balance of one part in a depot. */
export interface DepotBalance {
  depot: string
  /** Free parts minus safety stock and expected demand, in whole parts: positive is a surplus, negative a shortage. */
  balance: number
  position: GeoPosition | undefined
}

export interface Transfer {
  from: string
  to: string
  quantity: number
}

/**
 * Propose transfers from depots with a surplus to depots with a shortage, nearest pairs first. Greedy: never moves more than
 * the surplus or the shortage; the total distance may be somewhat longer than the optimum.
 */
export function proposeTransfers(levels: readonly DepotBalance[]): Transfer[] {
  const left = new Map(levels.map(({ depot, balance }) => [depot, balance]))
  const pairs = levels
    .filter(({ balance }) => balance > 0)
    .flatMap((from) =>
      levels
        .filter(({ balance }) => balance < 0)
        .map((to) => ({ from, to, km: transferDistanceKm(from, to) })),
    )
    .sort((one, other) => one.km - other.km || (pairKey(one) < pairKey(other) ? -1 : 1))
  return pairs.flatMap(({ from, to }) => {
    const quantity = Math.min(left.get(from.depot) ?? 0, -(left.get(to.depot) ?? 0))
    if (quantity <= 0) return []
    left.set(from.depot, (left.get(from.depot) ?? 0) - quantity)
    left.set(to.depot, (left.get(to.depot) ?? 0) + quantity)
    return [{ from: from.depot, to: to.depot, quantity }]
  })
}

function transferDistanceKm(from: DepotBalance, to: DepotBalance): number {
  if (from.position === undefined || to.position === undefined) return Number.MAX_VALUE
  return distanceKm(from.position, to.position)
}

function pairKey({ from, to }: { from: DepotBalance; to: DepotBalance }): string {
  return `${from.depot}\n${to.depot}`
}
