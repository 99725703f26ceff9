import { z } from 'zod'
import type { Device } from '../../../contract/device.ts'
import { type CohortStats, cohortKey } from '../../../contract/fleet-model.ts'
import type { ConfigProblem } from '../../files/rule-file-problem.ts'
import { dropOldest, type FlatPoints, insertByTime, medianOfColumn, toPoints } from '../bucketed-series.ts'
import type { Assessment, ConfigContext, Detector, EvaluationContext, Evaluator } from '../detector.ts'
import { validateMetric } from '../limit.ts'
import { loadMetricsOf } from '../load-binning.ts'
import { scaledBy } from '../stricter-values.ts'
import { type DeviationDirection, robustDeviation, selectCohort } from './cohort-comparison.ts'

const config = z.strictObject({
  metric: z.string().describe('Metric of the kind, measured or derived.'),
  side: z
    .enum(['lower', 'higher', 'both'])
    .optional()
    .describe('Side of the peers that is bad. Without it: the `worse` of the kind.'),
  deviations: z
    .number()
    .gt(1)
    .default(4)
    .describe("Distance from the peers' median that is bad, in robust standard deviations of the peers."),
  peers: z.int().min(5).default(10).describe('Fewest peers to compare with.'),
  at: z
    .strictObject({ metric: z.string(), bin: z.number().gt(0) })
    .optional()
    .describe('Load or age metric and bin width: devices are compared only with others in the same bin.'),
})

export type CohortConfig = z.infer<typeof config>

/** Return problems that the schema cannot find. */
function validateConfig(
  { metric, side, at }: CohortConfig,
  { kind, path, clear }: ConfigContext,
): ConfigProblem[] {
  const problems = validateMetric([...path, 'metric'], metric, kind)
  if (at !== undefined) problems.push(...validateMetric([...path, 'at', 'metric'], at.metric, kind))
  if (side === undefined && kind.metrics.get(metric)?.worse === undefined && problems.length === 0) {
    const message = `the kind ${kind.name} does not say which way ${metric} gets worse`
    problems.push({ path: [...path, 'metric'], message, hint: 'add side: lower, higher or both' })
  }
  if (clear !== undefined) {
    const hint = 'it is good again below three quarters of its deviations'
    problems.push({ path: ['clear'], message: 'cohort has no clear:', hint })
  }
  return problems
}

/** Last samples, and the bin of their load. */
interface CohortState {
  bin: string | undefined
  recent: FlatPoints
}

const maxSamples = 7
const minSamples = 3
/** Good again below this share of `deviations`. */
const clearShare = 0.75
/** The median of a whole cohort is far more certain than one device: bad from this share of `deviations` on. */
const firmwareShiftShare = 0.5

/** Device far from its peers: the same model and firmware, at the same load or age. */
export const cohort: Detector<CohortConfig> = {
  name: 'cohort',
  config,
  validate: validateConfig,
  stricter: { deviations: scaledBy(1.25, 1.5, 2) },
  indicatesFailure: () => false,
  createEvaluator(config, { kind }): Evaluator<CohortState> {
    const { metric, at, deviations, peers: least } = config
    const side = config.side ?? kind.metrics.get(metric)?.worse ?? 'both'
    const unit = kind.metrics.get(metric)?.unit ?? ''
    const subject = cohortKey(kind.name, metric)
    const peersNow = ({ bin }: CohortState, { device, fleetModel }: EvaluationContext) =>
      selectCohort(fleetModel.cohortStats[subject] ?? [], device, { bin, least })
    return {
      metrics: [metric],
      reads: loadMetricsOf(config.at),
      stateKey: `cohort ${metric} ${JSON.stringify(at ?? null)}`,
      createMemory: () => ({ recent: [], bin: undefined }),
      onSample(memory, { ts, values }, context): Assessment {
        const value = values[metric]
        if (value !== undefined) addCohortSample(memory, { ts, value, bin: cohortBinOf(config, values) })
        return verdictOf(memory, context)
      },
      evaluateCohort({ device, fleetModel }) {
        const shift = firmwareShift(fleetModel.cohortStats[subject] ?? [], device, { side, least })
        const verdict = assessDeviation(shift?.deviations, deviations * firmwareShiftShare)
        const evidence = { detector: 'cohort', metric, unit, points: [] }
        if (shift === undefined) return { verdict, evidence }
        const { current, previous } = shift
        const { devices, q10, q90 } = previous
        return {
          verdict,
          evidence: { ...evidence, value: current.q50, baseline: previous.q50, peers: { devices, q10, q90 } },
        }
      },
      cohortLevel(memory) {
        const value = medianLevel(memory)
        const { bin } = memory
        return value === undefined
          ? undefined
          : { cohortKey: subject, value, ...(bin === undefined ? {} : { bin }) }
      },
      evidence(memory, circumstances) {
        const value = medianLevel(memory)
        const peers = peersNow(memory, circumstances)
        return {
          detector: 'cohort',
          metric,
          unit,
          ...(value === undefined ? {} : { value }),
          ...(peers === undefined
            ? {}
            : { baseline: peers.q50, peers: { devices: peers.devices, q10: peers.q10, q90: peers.q90 } }),
          points: toPoints(memory.recent).map(([ts, value]): [number, number] => [ts, value]),
        }
      },
    }

    function verdictOf(memory: CohortState, circumstances: EvaluationContext): Assessment {
      const value = medianLevel(memory)
      const peers = peersNow(memory, circumstances)
      if (value === undefined || peers === undefined) return { is: 'unknown' }
      return assessDeviation(robustDeviation(value, peers, side), deviations)
    }
  },
}

function assessDeviation(distance: number | undefined, most: number): Assessment {
  if (distance === undefined) return { is: 'unknown' }
  if (distance > most) return { is: 'bad' }
  return { is: distance < clearShare * most ? 'good' : 'between' }
}

/** Add a sample. Another load starts again; a sample without a load, or a repeated one, changes nothing. */
function addCohortSample(
  memory: CohortState,
  { ts, value, bin }: { ts: number; value: number; bin: string | undefined | 'unmeasured' },
): void {
  if (bin === 'unmeasured') return
  const { recent } = memory
  if (bin !== memory.bin) {
    const newest = recent.at(-2)
    if (newest !== undefined && ts <= newest) return
    recent.length = 0
    memory.bin = bin
  }
  insertByTime(recent, ts, value)
  dropOldest(recent, maxSamples)
}

function cohortBinOf({ at }: CohortConfig, values: Readonly<Record<string, number>>): string | undefined {
  if (at === undefined) return undefined
  const load = values[at.metric]
  if (load === undefined) return 'unmeasured'
  const lower = Math.floor(load / at.bin) * at.bin
  return `${at.metric} ${lower}..${lower + at.bin}`
}

function medianLevel({ recent }: CohortState): number | undefined {
  return recent.length < 2 * minSamples ? undefined : medianOfColumn(recent, 1)
}

interface FirmwareShift {
  current: CohortStats
  /** Stats of the preceding firmware. */
  previous: CohortStats
  /** Shift of the median to the bad side, in robust standard deviations of the preceding firmware. */
  deviations: number
}

/**
 * Return the greatest shift between a firmware and the preceding one, over the load bins. Undefined where one
 * of the two has too few devices, and for the first firmware of a model.
 */
function firmwareShift(
  cohorts: readonly CohortStats[],
  { model, firmware }: Pick<Device, 'model' | 'firmware'>,
  { side, least }: { side: DeviationDirection; least: number },
): FirmwareShift | undefined {
  const ofModel = cohorts.filter((peers) => peers.model === model && peers.devices >= least)
  const shifts = ofModel
    .filter((peers) => peers.firmware === firmware)
    .flatMap((now): FirmwareShift[] => {
      const before = ofModel
        .filter(
          ({ bin, firmware, firstSeenAt }) => firmware && bin === now.bin && firstSeenAt < now.firstSeenAt,
        )
        .toSorted((a, b) => b.firstSeenAt - a.firstSeenAt)[0]
      return before === undefined
        ? []
        : [{ current: now, previous: before, deviations: robustDeviation(now.q50, before, side) }]
    })
  return shifts.toSorted((a, b) => b.deviations - a.deviations)[0]
}
