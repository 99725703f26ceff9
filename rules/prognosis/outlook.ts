import type { Limit } from '../detectors/limit.ts'
import type { Crossing } from '../finding.ts'
import { type FleetWay, fleetWayOf } from './fleet-way.ts'
import { type OwnWay, ownWayOf } from './own-way.ts'

/** A moment and a value: ms since 1970, and the metric's unit. */
type Point = readonly [ts: number, value: number]

/** How one part's metric went over its life, as far as it was seen. */
export interface Life {
  /** Which part of which device it is: a life never teaches itself. */
  unit?: string
  /** What makes parts comparable: model, firmware, dose, particle size… The more is equal, the more one teaches another. */
  cohort: Readonly<Record<string, string | number>>
  /** When the part began its life, ms; absent when that is not known. */
  since?: number
  /** Oldest first. Of a life that never went beyond the limit it is known only that it lasted so long (censored). */
  points: readonly Point[]
}

export interface Question {
  limit: Limit
  /** The moment of the forecast, ms; nothing later in the own life is looked at. */
  now: number
  /** How much of the past the own pace is taken from; all of it when absent. */
  windowMs?: number
}

/** When a metric will cross its limit, as far as that can be told. */
export type Outlook =
  | {
      is: 'known'
      crossing: Crossing
      /** Where the metric stands now, noise taken out. */
      level: number
      /** Of the own recent course; absent where it has none. */
      slopePerDay?: number
      /** How much of the answer comes from other lives, 0 … 1. */
      fromPeers: number
    }
  | { is: 'unknown'; why: 'too_few_readings' | 'too_little_wear' | 'too_uncertain' }

/** A finished life is believed as much as the own course when so many of it, looked back at, tell. */
const firmness = 0.1

/**
 * When a metric crosses its limit. Two prophets are asked: what other lives took from here, and the own course. Each
 * counts by what it knows; the quantiles of the two are averaged (R. Ratcliff, Psychological Bulletin 86, 1979).
 * Finished lives, which show how sure one can be, leave little to the own course: it is a poor prophet.
 *
 * @param peers what teaches; the same array each time, and never changed, so that it is learnt from only once
 */
export function outlookOf(own: Life, peers: readonly Life[], question: Question): Outlook {
  const seen = own.points.filter(([ts]) => ts <= question.now)
  const last = seen.at(-1)
  if (last === undefined) return { is: 'unknown', why: 'too_few_readings' }
  const ownWay = ownWayOf(seen, question.limit, question.windowMs)
  const fleetWay = fleetWayOf(own, peers, question)
  const sinceLast = question.now - last[0]
  void sinceLast
  const left = fleetWay === undefined ? ownWay?.left : ownWay?.left
  if (fleetWay === undefined) {
    if (ownWay === undefined) return { is: 'unknown', why: 'too_few_readings' }
    if (left === undefined) return { is: 'unknown', why: 'too_little_wear' }
    if (left.isFar) return { is: 'unknown', why: 'too_uncertain' }
  }
  const fromPeers = shareOfPeers(fleetWay, left)
  const at = (p: number): number => {
    const a = fromPeers > 0 && fleetWay ? fromPeers * fleetWay.within(p) : 0
    const b = fromPeers < 1 && left ? (1 - fromPeers) * left.within(p) : 0
    return Math.round(Math.max(question.now, last[0] + a + b))
  }
  const level = ownWay?.level ?? question.limit.margin(last[1])
  return {
    is: 'known',
    crossing: { p10: at(0.1), p50: at(0.5), p90: at(0.9) },
    level: question.limit.fromMargin(level),
    ...(ownWay === undefined ? {} : { slopePerDay: question.limit.worse * ownWay.slopePerDay * -1 }),
    fromPeers,
  }
}

function shareOfPeers(fleet: FleetWay | undefined, own: OwnWay['left']): number {
  if (fleet === undefined) return 0
  if (own === undefined) return 1
  const ownPrecision = 1 / Math.max(1, own.sd) ** 2
  const share = ownPrecision / (ownPrecision + 1 / Math.max(1, fleet.sd) ** 2)
  return 1 - (share * firmness) / (firmness + fleet.lives)
}
