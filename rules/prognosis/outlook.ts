import type { Crossing } from '../../contract/finding.ts'
import type { Life, Point } from '../../contract/lifetime.ts'
import { dayMs } from '../../lib/time.ts'
import type { Question } from './course.ts'
import { type FleetWay, fleetWayOf } from './fleet-way.ts'
import { type Left, type OwnWay, ownWayOf } from './own-way.ts'

/** Where the metric stands, as far as its own course tells. */
interface Stand {
  /** Where the metric stands now, noise taken out. */
  level: number
  /** Of the own recent course; absent where it has none. */
  slopePerDay?: number
}

/** When a metric will cross its limit, as far as that can be told. */
export type Outlook =
  | (Stand & {
      is: 'known'
      crossing: Crossing
      /** How much of the answer comes from other lives, 0 … 1. */
      fromPeers: number
    })
  | (Partial<Stand> & { is: 'unknown'; why: 'too_few_readings' | 'too_little_wear' | 'too_uncertain' })

/** Finished lives are believed as much as the own course when so many of them, looked back at, tell. */
const firmness = 0.1
/** With fewer an outlier could be the truth. */
const leastReadings = 3
/** Not within any life of such a part. */
const farMs = 20 * 365 * dayMs

/**
 * When a metric crosses its limit. Two prophets are asked: what other lives took from here, and the own course. Each
 * counts by what it knows; their quantiles are averaged (R. Ratcliff, Psychological Bulletin 86, 1979). Finished lives,
 * which show how sure one can be, leave little to the own course: it is a poor prophet.
 *
 * @param peers what teaches; the same array each time, and never changed, so that it is learnt from only once
 */
export function outlookOf(own: Life, peers: readonly Life[], question: Question): Outlook {
  const seen = seenUntil(own, question.now)
  const ownWay = ownWayOf(seen, question.limit, question.windowMs)
  return outlookFrom(
    seen,
    { ownWay, fleetWay: fleetWayOf({ ...own, points: seen }, peers, question) },
    question,
  )
}

/** The same from the own course alone. */
export function ownOutlookOf(own: Life, _peers: readonly Life[], question: Question): Outlook {
  const seen = seenUntil(own, question.now)
  const ownWay = ownWayOf(seen, question.limit, question.windowMs)
  return outlookFrom(seen, { ownWay, fleetWay: undefined }, question)
}

/** The same from other lives alone. */
export function fleetOutlookOf(own: Life, peers: readonly Life[], question: Question): Outlook {
  const seen = seenUntil(own, question.now)
  return outlookFrom(seen, { fleetWay: fleetWayOf({ ...own, points: seen }, peers, question) }, question)
}

interface Ways {
  ownWay?: OwnWay | undefined
  fleetWay: FleetWay | undefined
}

function outlookFrom(seen: readonly Point[], { ownWay, fleetWay }: Ways, { limit, now }: Question): Outlook {
  const last = seen.at(-1)
  if (last === undefined || seen.length < leastReadings) return { is: 'unknown', why: 'too_few_readings' }
  const level = ownWay?.level ?? limit.margin(last[1])
  const slopePerDay = ownWay === undefined ? undefined : -limit.worse * ownWay.slopePerDay
  const stand = { level: limit.fromMargin(level), ...(slopePerDay === undefined ? {} : { slopePerDay }) }
  const left = ownWay?.left
  if (fleetWay === undefined) {
    if (ownWay === undefined) return { is: 'unknown', why: 'too_few_readings' }
    if (left === undefined) return { is: 'unknown', why: 'too_little_wear', ...stand }
    if (left.isFar) return { is: 'unknown', why: 'too_uncertain', ...stand }
  }
  const fromPeers = shareOfPeers(fleetWay, left)
  const at = (p: number): number => {
    const fleet = fleetWay === undefined || fromPeers === 0 ? 0 : fromPeers * fleetWay.within(p)
    const own = left === undefined || fromPeers === 1 ? 0 : (1 - fromPeers) * left.within(p)
    return Math.round(Math.min(now + farMs, Math.max(now, last[0] + fleet + own)))
  }
  const crossing = { p10: at(0.1), p50: at(0.5), p90: at(0.9) }
  if (crossing.p50 >= now + farMs) return { is: 'unknown', why: 'too_little_wear', ...stand }
  return { is: 'known', crossing, fromPeers, ...stand }
}

/** Precision counts; the more finished lives tell, the less is left to the own course. */
function shareOfPeers(fleet: FleetWay | undefined, own: Left | undefined): number {
  if (fleet === undefined) return 0
  if (own === undefined) return 1
  const variance = fleet.sd ** 2 + own.sd ** 2
  const shareOfOwn = variance === 0 ? 0.5 : fleet.sd ** 2 / variance
  return 1 - (shareOfOwn * firmness) / (firmness + fleet.lives)
}

function seenUntil({ points }: Life, now: number): readonly Point[] {
  const last = points.at(-1)
  return last === undefined || last[0] <= now ? points : points.filter(([ts]) => ts <= now)
}
