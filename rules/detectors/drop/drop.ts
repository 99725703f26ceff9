import { outlookOf } from '../../prognosis/outlook.ts'
import type { Detector, Judged, Sample, Watch } from '../detector.ts'
import { median, type Point } from '../history.ts'
import { limitOf } from '../limit.ts'
import { binOf } from '../load.ts'
import { noPrognosis, type Prognosis, prognose, prognosisEvidence } from '../prognosis.ts'
import { check, config, type DropConfig } from './config.ts'

/** What is usual at each load: learnt from a device's own first readings. Keys are loads, rounded down to a bin. */
type Baseline = Readonly<Record<string, LearntBin>>

interface LearntBin {
  /** Median of the first samples. */
  value: number
  /** These samples, until they are enough. */
  samples?: readonly Point[]
  /** Event time of the newest of them, once they are enough. */
  upTo?: number
}

const samplesToLearn = 15

/** Takes in a sample at a load; after its first 15 samples a bin stays what it is. */
function learn(baseline: Baseline, bin: string, sample: Point): Baseline {
  const known = baseline[bin]
  if (known !== undefined && isLearnt(known)) return baseline
  const before = known?.samples ?? []
  if (before.some(([ts]) => ts === sample[0])) return baseline
  const samples = [...before, sample]
  const value = median(samples.map((each) => each[1]))
  if (samples.length < samplesToLearn) return { ...baseline, [bin]: { value, samples } }
  return { ...baseline, [bin]: { value, upTo: Math.max(...samples.map(([ts]) => ts)) } }
}

function isLearnt({ samples }: LearntBin): boolean {
  return samples === undefined
}

/** A sample of the time in which the baseline was learnt tells nothing new when it comes again, or late. */
function wasLearntFrom(known: LearntBin | undefined, ts: number): boolean {
  return known?.upTo !== undefined && ts <= known.upTo
}

interface Memory {
  baseline: Baseline
  /** Of the metric in percent of its baseline. */
  prognosis: Prognosis
  /** The baseline of the newest sample that had one. */
  usual?: number
}

/** A metric that falls, or will soon, against what is usual for this very device at the same load. */
export const drop: Detector<DropConfig> = {
  name: 'drop',
  config,
  check,
  watch(config, { kind, clear }): Watch<Memory> {
    const { metric, percent } = config
    const unit = kind.metrics.get(metric)?.unit ?? ''
    const options = {
      limit: limitOf({ below: 100 - percent }),
      clear: clear === undefined ? undefined : 100 - clear,
      withinMs: config.within ?? 0,
      windowMs: config.window,
      confidence: config.confidence,
      ask: outlookOf,
    }
    return {
      metrics: [metric],
      remembers: `drop ${metric} ${JSON.stringify([config.at, config.new, config.window])}`,
      start: () => ({ baseline: {}, prognosis: noPrognosis }),
      read(memory, { ts, values }: Sample, { part }): Judged<Memory> {
        const bin = binOf(config.at, values)
        const value = values[metric]
        if (bin === undefined || value === undefined) return { memory, verdict: memory.prognosis.verdict }
        const baseline = learn(memory.baseline, bin, [ts, value])
        const usual = usualAt(config, baseline, bin)
        if (usual === undefined || wasLearntFrom(memory.baseline[bin], ts)) {
          return { memory: { ...memory, baseline }, verdict: memory.prognosis.verdict }
        }
        const prognosis = prognose(memory.prognosis, [ts, (100 * value) / usual], {
          ...options,
          teaching: { part, lives: nobody },
        })
        return { memory: { baseline, prognosis, usual }, verdict: prognosis.verdict }
      },
      evidence: ({ prognosis, usual = 0 }) => ({
        detector: 'drop',
        metric,
        unit,
        baseline: usual,
        limit: (usual * options.limit.value) / 100,
        ...prognosisEvidence(prognosis, usual / 100),
      }),
    }
  },
}

/** Percents of a device's own baseline teach nobody. */
const nobody: readonly [] = []

/**
 * What was learnt, or what a new part does where that is higher: the first readings may have come from a worn one.
 * Undefined while neither is known, and where it is nothing to compare with.
 */
function usualAt(config: DropConfig, baseline: Baseline, bin: string): number | undefined {
  const own = baseline[bin]
  const asNew = typeof config.new === 'number' ? config.new : config.new?.[bin]
  if (own === undefined) return asNew
  if (asNew !== undefined) return Math.max(own.value, asNew)
  return isLearnt(own) && own.value > 0 ? own.value : undefined
}
