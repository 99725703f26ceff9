import { z } from 'zod'
import type { Device } from '../../../contract/device.ts'
import { type Peers, peersSubject } from '../../../contract/fleet-model.ts'
import type { ConfigProblem } from '../../files/problem.ts'
import type { Circumstances, Detector, Judged, Verdict, Watch, WatchContext } from '../detector.ts'
import { median, type Point } from '../history.ts'
import { checkMetric } from '../limit.ts'
import { deviation, peersOf, type Side } from './compare.ts'

const config = z.strictObject({
  metric: z.string(),
  /** Which side of its peers is bad; the metric's `worse:` when absent. */
  side: z.enum(['lower', 'higher', 'both']).optional(),
  /** How far from the peers' median is bad, in robust standard deviations of the peers. */
  deviations: z.number().gt(1).default(4),
  /** Fewer peers than this say nothing. */
  peers: z.int().min(5).default(10),
  /** Devices are compared only with others at the same load or age. */
  at: z.strictObject({ metric: z.string(), bin: z.number().gt(0) }).optional(),
})

export type CohortConfig = z.infer<typeof config>

/** What the schema cannot see. */
function check({ metric, side, at }: CohortConfig, { kind, path, clear }: WatchContext): ConfigProblem[] {
  const problems = checkMetric([...path, 'metric'], metric, kind)
  if (at !== undefined) problems.push(...checkMetric([...path, 'at', 'metric'], at.metric, kind))
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

/** The last samples, oldest first, each with the bin of its load. */
interface Memory {
  bin?: string
  recent: readonly Point[]
}

const samplesKept = 7
const leastSamples = 3
/** Good again below this share of the deviations that are bad. */
const goodShare = 0.75
/** The median of a whole cohort is far more certain than one device: it counts from this share of them on. */
const shiftShare = 0.5

/** A device that is far from its peers: the same model and firmware, at the same load or age. */
export const cohort: Detector<CohortConfig> = {
  name: 'cohort',
  config,
  check,
  watch(config, { kind }): Watch<Memory> {
    const { metric, at, deviations, peers: least } = config
    const side = config.side ?? kind.metrics.get(metric)?.worse ?? 'both'
    const unit = kind.metrics.get(metric)?.unit ?? ''
    const subject = peersSubject(kind.name, metric)
    const peersNow = ({ bin }: Memory, { device, lessons }: Circumstances) =>
      peersOf(lessons.peers[subject] ?? [], device, { bin, least })
    return {
      metrics: [metric],
      remembers: `cohort ${metric} ${JSON.stringify(at ?? null)}`,
      start: () => ({ recent: [] }),
      read(before, { ts, values }, circumstances): Judged<Memory> {
        const memory = remember(before, { ts, value: values[metric], bin: binOf(config, values) })
        return { memory, verdict: verdictOf(memory, circumstances) }
      },
      lessons({ device, lessons }) {
        const shift = firmwareShift(lessons.peers[subject] ?? [], device, { side, least })
        const verdict = verdictOfDistance(shift?.deviations, deviations * shiftShare)
        const evidence = { detector: 'cohort', metric, unit, points: [] }
        if (shift === undefined) return { verdict, evidence }
        const { now, before } = shift
        const { devices, q10, q90 } = before
        return {
          verdict,
          evidence: { ...evidence, value: now.q50, baseline: before.q50, peers: { devices, q10, q90 } },
        }
      },
      level(memory) {
        const value = levelOf(memory)
        const { bin } = memory
        return value === undefined ? undefined : { subject, value, ...(bin === undefined ? {} : { bin }) }
      },
      evidence(memory, circumstances) {
        const value = levelOf(memory)
        const peers = peersNow(memory, circumstances)
        return {
          detector: 'cohort',
          metric,
          unit,
          ...(value === undefined ? {} : { value }),
          ...(peers === undefined
            ? {}
            : { baseline: peers.q50, peers: { devices: peers.devices, q10: peers.q10, q90: peers.q90 } }),
          points: memory.recent.map(([ts, value]): [number, number] => [ts, value]),
        }
      },
    }

    function verdictOf(memory: Memory, circumstances: Circumstances): Verdict {
      const value = levelOf(memory)
      const peers = peersNow(memory, circumstances)
      if (value === undefined || peers === undefined) return { is: 'unknown' }
      return verdictOfDistance(deviation(value, peers, side), deviations)
    }
  },
}

function verdictOfDistance(distance: number | undefined, most: number): Verdict {
  if (distance === undefined) return { is: 'unknown' }
  if (distance > most) return { is: 'bad' }
  return { is: distance < goodShare * most ? 'good' : 'between' }
}

/** A sample at another load begins anew; one without a load, or one already known, changes nothing. */
function remember(
  memory: Memory,
  { ts, value, bin }: { ts: number; value: number | undefined; bin: string | undefined | 'unmeasured' },
): Memory {
  if (value === undefined || bin === 'unmeasured') return memory
  const isNewest = ts > (memory.recent.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY)
  if (bin !== memory.bin && memory.recent.length > 0 && !isNewest) return memory
  const before = bin === memory.bin ? memory.recent : []
  if (before.some(([other]) => other === ts)) return memory
  const recent = [...before, [ts, value] as const].sort((a, b) => a[0] - b[0]).slice(-samplesKept)
  return { recent, ...(bin === undefined ? {} : { bin }) }
}

function binOf({ at }: CohortConfig, values: Readonly<Record<string, number>>): string | undefined {
  if (at === undefined) return undefined
  const load = values[at.metric]
  if (load === undefined) return 'unmeasured'
  const lower = Math.floor(load / at.bin) * at.bin
  return `${at.metric} ${lower}..${lower + at.bin}`
}

function levelOf({ recent }: Memory): number | undefined {
  return recent.length < leastSamples ? undefined : median(recent.map(([, value]) => value))
}

interface Shift {
  now: Peers
  /** The firmware before. */
  before: Peers
  /** How far the median moved to the bad side, in robust standard deviations of the firmware before. */
  deviations: number
}

/**
 * How a firmware's devices differ from those of the firmware before it, where they differ most. Undefined where one
 * of the two has too few devices, and for the first firmware of a model.
 */
function firmwareShift(
  cohorts: readonly Peers[],
  { model, firmware }: Pick<Device, 'model' | 'firmware'>,
  { side, least }: { side: Side; least: number },
): Shift | undefined {
  const ofModel = cohorts.filter((peers) => peers.model === model && peers.devices >= least)
  const shifts = ofModel
    .filter((peers) => peers.firmware === firmware)
    .flatMap((now): Shift[] => {
      const before = ofModel
        .filter(({ bin, firmware, since }) => firmware && bin === now.bin && since < now.since)
        .toSorted((a, b) => b.since - a.since)[0]
      return before === undefined ? [] : [{ now, before, deviations: deviation(now.q50, before, side) }]
    })
  return shifts.toSorted((a, b) => b.deviations - a.deviations)[0]
}
