import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { DetectorRegistry } from '../../rules/detectors/registry.ts'
import { lifetimeStatistics, type PartLifetime } from '../../rules/survival/lifetime-statistics.ts'
import { meanCumulativeRepairs } from '../../rules/survival/mean-cumulative-repairs.ts'
import type { ReplacementCosts } from '../../rules/survival/replacement-age.ts'
import type { Records } from '../../store/records/schema.ts'
import { type ComponentLifetimes, loadPartLifetimes, type PartFilter } from './load-part-lifetimes.ts'
import { measurePfIntervals, type PfInterval, pfKey } from './pf-intervals.ts'

const estimate = z
  .object({ value: z.number(), lower: z.number(), upper: z.number() })
  .describe('Most plausible value, and the bounds between which it lies with a probability of 80 %.')

const curve = z.array(z.object({ age: z.number(), value: z.number(), lower: z.number(), upper: z.number() }))

const runToFailure = z.object({
  is: z.literal('run_to_failure'),
  reason: z
    .enum(['no_wear', 'no_saving'])
    .describe('Old parts fail no more often than new ones; or replacement in time saves less than 1 %.'),
  runToFailureRate: z.number(),
})

/** Statistics of the lifetimes of one component of one model. */
export const lifetimeReportSchema = z
  .object({
    kind: z.string(),
    model: z.string().describe('Empty where the model is unknown.'),
    component: z.string(),
    unit: z.string().describe('Unit of all ages and times: days, unless the lifetimes come from a file.'),
    parts: z.int().describe('Number of parts, running and ended.'),
    failures: z.int().describe('Parts that were replaced after a fault that no technician refuted.'),
    running: z.int(),
    ofUnknownAge: z
      .int()
      .describe(
        'Parts of the component, of all models, that are left out: first use of the device is unknown.',
      ),
    shape: estimate.describe(
      'Weibull shape: above 1 for parts that wear out, below 1 for those that fail early.',
    ),
    scale: estimate.describe('Age by which 63.2 % have failed.'),
    b10: estimate.describe('Age by which 10 % have failed.'),
    b50: estimate.describe('Age by which half have failed.'),
    survival: curve.describe('Kaplan–Meier curve: share that survives each age.'),
    fitted: curve.describe('The same by the fitted Weibull distribution.'),
    modes: z
      .array(z.object({ mode: z.string(), failures: z.int(), incidence: z.number() }))
      .describe('Rules whose findings ended parts, with the share of all parts that ended so.'),
    repairs: curve.describe('Mean number of replacements of a device by its age.'),
    regions: z
      .array(
        z.object({
          region: z.string(),
          running: z.int(),
          expected: z.array(
            z.object({ within: z.number(), value: z.number(), lower: z.number(), upper: z.number() }),
          ),
        }),
      )
      .describe('Expected failures of the running parts within each time from now on, by region.'),
    pfIntervals: z
      .array(
        z.object({
          rule: z.string(),
          alarms: z.int().describe('Parts with an alarm that no technician refuted.'),
          failures: z
            .int()
            .describe('Of these: parts that were beyond their limit before they were replaced.'),
          failedAtAlarm: z.int().describe('Of these: already when the alarm came.'),
          b10: estimate.exactOptional().describe('Days after the alarm by which 10 % have failed.'),
          b50: estimate.exactOptional().describe('Days after the alarm by which half have failed.'),
        }),
      )
      .describe('P–F interval of each rule: how long before the failure its own alarms came.'),
    replacement: z
      .discriminatedUnion('is', [
        z.object({
          is: z.literal('replace'),
          age: z.number().describe('Age at which a running part is replaced most cheaply.'),
          costRate: z.number().describe('Cost per unit of age.'),
          runToFailureRate: z.number().describe('Cost per unit of age when each part runs until it fails.'),
        }),
        runToFailure,
      ])
      .exactOptional()
      .describe('Only where costs are given.'),
  })
  .meta({ id: 'LifetimeReport' })

export type LifetimeReport = z.output<typeof lifetimeReportSchema>

/** Horizons of expected failures, days. */
const horizonsDays = [30, 90, 180]

const unitsPerDay: ReadonlyMap<string, number> = new Map([
  ['hours', 24],
  ['days', 1],
  ['weeks', 1 / 7],
])

interface LifetimeReportOptions extends PartFilter {
  now: Date
  /** Tells which findings say that a part has failed. */
  detectors: Pick<DetectorRegistry, 'indicatesFailure'>
  costs?: ReplacementCosts | undefined
}

/** Compute the lifetime statistics of each component and model from the records. */
export async function buildLifetimeReports(
  db: Kysely<Records>,
  { now, detectors, costs, ...filter }: LifetimeReportOptions,
): Promise<LifetimeReport[]> {
  const components = await loadPartLifetimes(db, filter, now)
  const pfIntervals = await measurePfIntervals(db, filter, { now, detectors })
  return components.flatMap((each) => reportsOf(each, { costs, pfIntervals }))
}

interface ReportOptions {
  costs: ReplacementCosts | undefined
  /** By `pfKey`. */
  pfIntervals?: ReadonlyMap<string, readonly PfInterval[]>
  unit?: string
}

/**
 * Compute the statistics of one component, by model.
 * @param unit of the ages; failures are expected within 30, 90 and 180 days where the unit is a time
 * @throws LifetimeError
 */
export function reportsOf(
  { kind, component, lifetimes, repairs, ofUnknownAge }: ComponentLifetimes<PartLifetime>,
  { costs, pfIntervals, unit = 'days' }: ReportOptions,
): LifetimeReport[] {
  const perDay = unitsPerDay.get(unit)
  const horizons = perDay === undefined ? [] : horizonsDays.map((days) => days * perDay)
  const statistics = lifetimeStatistics(lifetimes, { horizons, costs })
  return statistics.map(({ cohort: model, replacement, survival, fitted, modes, regions, ...rest }) => ({
    kind,
    model,
    component,
    unit,
    ofUnknownAge,
    ...rest,
    survival: [...survival],
    fitted: [...fitted],
    modes: [...modes],
    regions: regions.map(({ expected, ...region }) => ({ ...region, expected: [...expected] })),
    repairs: meanCumulativeRepairs(repairs.filter((history) => history.model === model)),
    pfIntervals: [...(pfIntervals?.get(pfKey({ kind, model, component })) ?? [])],
    ...(replacement === undefined ? {} : { replacement }),
  }))
}
