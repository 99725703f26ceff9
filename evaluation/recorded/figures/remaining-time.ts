import { groupBy } from '../../../lib/group-by.ts'
import { dayMs } from '../../../lib/time.ts'
import { computePrognosticMetrics, type PrognosticMetrics } from './metrics.ts'
import { type ScoredForecast, trueRulMs } from './scored-forecast.ts'

/** Bands of the true remaining time, the longest first. */
export interface RemainingTimeBands {
  /** Lower ends; the last band goes from 0 to the last of them. */
  from: readonly number[]
  titles: readonly string[]
  /** Return the remaining time of a forecast in the unit of `from`. */
  remaining(scored: ScoredForecast): number
}

/** For parts that an owner uses: days. */
export const bandsOfDays: RemainingTimeBands = {
  from: [180, 90, 30],
  titles: ['over 180 days', '90–180 days', '30–90 days', 'under 30 days'],
  remaining: (scored) => trueRulMs(scored) / dayMs,
}

/** For parts on a rig: shares of the lifetime. */
export const bandsOfLifetime: RemainingTimeBands = {
  from: [0.5, 0.25, 0.1],
  titles: ['over 50 %', '25–50 %', '10–25 %', 'under 10 %'],
  remaining: (scored) => trueRulMs(scored) / scored.lifetimeMs,
}

/** Compute the metrics of the forecasts in each band, the longest first; a band without forecasts is left out. */
export function metricsByRemainingTime(
  scored: readonly ScoredForecast[],
  { from, titles, remaining }: RemainingTimeBands,
): Map<string, PrognosticMetrics> {
  const bandOf = (each: ScoredForecast) => {
    const index = from.findIndex((least) => remaining(each) >= least)
    return titles[index < 0 ? from.length : index]
  }
  const groups = groupBy(scored, bandOf)
  return new Map(
    titles.flatMap((title) => {
      const group = groups.get(title)
      return group === undefined ? [] : [[title, computePrognosticMetrics(group)] as const]
    }),
  )
}
