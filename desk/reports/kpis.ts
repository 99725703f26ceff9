import type { Kysely } from 'kysely'
import { proportionOf } from '../../lib/proportion.ts'
import type { Records } from '../../store/records/schema.ts'
import { firstTimeFixes } from './first-time-fix.ts'
import { onSiteInTime, respondedInTime } from './in-time.ts'
import { noticesOfOwners } from './notices-of-owners.ts'
import type { Period } from './period.ts'
import { proactiveRepairs } from './proactive.ts'
import type { Kpi, KpiId } from './report-schema.ts'
import { satisfaction } from './satisfaction.ts'

/** So many of those that are counted. */
export interface Count {
  n: number
  hits: number
  /** Those that may still turn out otherwise. */
  unsettled?: number
}

export interface CountedPeriod extends Period {
  /** What has not happened by now is neither good nor bad yet. */
  now: Date
}

/** What the service promises. */
const targets = {
  respondedInTime: 0.95,
  onSiteInTime: 0.98,
  firstTimeFix: 0.9,
  satisfaction: 0.9,
  proactiveShare: null,
} as const satisfies Partial<Record<KpiId, number | null>>

/** How well a span of time went; each is defined where it is counted. */
export async function kpisOf(db: Kysely<Records>, period: CountedPeriod): Promise<Kpi[]> {
  return [
    shareOf('respondedInTime', await respondedInTime(db, period)),
    shareOf('onSiteInTime', await onSiteInTime(db, period)),
    shareOf('firstTimeFix', await firstTimeFixes(db, period)),
    shareOf('satisfaction', await satisfaction(db, period)),
    shareOf('proactiveShare', await proactiveRepairs(db, period)),
    perOwner(await noticesOfOwners(db, period)),
  ]
}

function shareOf(id: keyof typeof targets, { n, hits, unsettled = 0 }: Count): Kpi {
  const target = targets[id]
  const told = proportionOf(hits, n)
  const met = target === null || told.value === null ? null : told.value >= target
  return { id, ...told, target, met, unsettled }
}

function perOwner({ notices, ownerMonths }: { notices: number; ownerMonths: number }): Kpi {
  const value = ownerMonths === 0 ? null : notices / ownerMonths
  const nothing = { low: null, high: null, target: null, met: null, unsettled: 0 }
  return { id: 'noticesPerOwnerMonth', value, n: ownerMonths, ...nothing }
}
