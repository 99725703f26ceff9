import type { Point } from '../../../rules/detectors/history.ts'
import type { Limit } from '../../../rules/detectors/limit.ts'
import type { RecordedLife, TimeUnit } from '../recorded.ts'
import { every } from './moments.ts'

export const seconds: TimeUnit = { name: 'Seconds', ms: 1_000 }

const askedEvery = 5 * seconds.ms
const firstAskedAtShare = 0.25

export interface FilterRun {
  unit: string
  cohort: Readonly<Record<string, string | number>>
  points: readonly Point[]
  /** When it was clogged; absent where it was not seen to be. */
  event: number | undefined
  limit: Limit
}

/**
 * A filter from new to clogged. It is asked at each fifth second of the run from a quarter of its life on. The record
 * is cut at the event, which lies between two samples: it gets a point of its own.
 */
export function filterRun({ unit, cohort, points, event, limit }: FilterRun): RecordedLife {
  const life = { cohort, since: 0 }
  if (event === undefined) {
    const until = points.at(-1)?.[0] ?? 0
    return { unit, life: { ...life, points }, moments: moments(until) }
  }
  const seen = points.filter(([ts]) => ts < event)
  const beyond = limit.fromMargin(-Math.abs(limit.value) * Number.EPSILON * 4)
  return { unit, life: { ...life, points: [...seen, [event, beyond]] }, event, moments: moments(event) }
}

function moments(until: number): number[] {
  const from = Math.ceil((firstAskedAtShare * until) / askedEvery) * askedEvery
  return every(askedEvery, { from, until })
}
