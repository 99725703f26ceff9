import { z } from 'zod'
import { duration } from '../../files/duration.ts'
import type { ConfigProblem, Detector, Judged, MetricWatch, Sample, WatchContext } from '../detector.ts'
import { checkMetric, limitOf } from '../limit.ts'
import { noPrognosis, type Prognosis, prognose, prognosisEvidence, prognosisKeys } from '../prognosis.ts'
import { type Baseline, isLearnt, learn } from './baseline.ts'

const mostBins = 50

const config = z.strictObject({
  metric: z.string(),
  /** How far below its baseline the metric may fall. */
  percent: z.number().gt(0).lt(100),
  /** Readings are compared only with others at the same load. */
  at: z.strictObject({ metric: z.string(), bin: z.number().gt(0) }).optional(),
  /** What a new part does, for devices that are first seen with a worn one; by the bin's lower end with `at`. */
  new: z.union([z.number().gt(0), z.record(z.string(), z.number().gt(0))]).optional(),
  within: duration.optional(),
  ...prognosisKeys,
})

type Config = z.infer<typeof config>

interface Memory {
  baseline: Baseline
  /** Of the metric in percent of its baseline. */
  prognosis: Prognosis
  /** The baseline of the newest sample that had one. */
  usual?: number
}

/** A metric that falls, or will soon, against what is usual for this very device at the same load. */
export const drop: Detector<Config> = {
  name: 'drop',
  config,
  check,
  watch(config, { kind, clear }): MetricWatch<Memory> {
    const { metric, percent } = config
    const unit = kind.metrics.get(metric)?.unit ?? ''
    const options = {
      limit: limitOf({ below: 100 - percent }),
      clear: clear === undefined ? undefined : 100 - clear,
      withinMs: config.within ?? 0,
      windowMs: config.window,
      confidence: config.confidence,
    }
    return {
      watches: 'metric',
      metric,
      remembers: `drop ${metric} ${JSON.stringify([config.at, config.new, config.window])}`,
      start: () => ({ baseline: {}, prognosis: noPrognosis }),
      read(memory, { ts, value, values }: Sample): Judged<Memory> {
        const bin = binOf(config, values)
        if (bin === undefined) return { memory, verdict: memory.prognosis.verdict }
        const baseline = learn(memory.baseline, bin, [ts, value])
        const usual = usualAt(config, baseline, bin)
        if (usual === undefined) return { memory: { ...memory, baseline }, verdict: memory.prognosis.verdict }
        const prognosis = prognose(memory.prognosis, [ts, (100 * value) / usual], options)
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

/** The bin of a reading's load, named by its lower end; undefined when the load was not measured. */
function binOf({ at }: Config, values: Sample['values']): string | undefined {
  if (at === undefined) return 'any'
  const load = values[at.metric]
  return load === undefined ? undefined : String(Math.floor(load / at.bin) * at.bin)
}

/**
 * What was learnt, or what a new part does where that is higher: the first readings may have come from a worn one.
 * Undefined while neither is known.
 */
function usualAt(config: Config, baseline: Baseline, bin: string): number | undefined {
  const own = baseline[bin]
  const asNew = typeof config.new === 'number' ? config.new : config.new?.[bin]
  if (own === undefined) return asNew
  if (asNew !== undefined) return Math.max(own.value, asNew)
  return isLearnt(own) ? own.value : undefined
}

function check({ metric, at, percent, new: asNew }: Config, { kind, clear }: WatchContext): ConfigProblem[] {
  const path = ['detect', 'drop']
  const problems = checkMetric([...path, 'metric'], metric, kind)
  if (kind.metrics.get(metric)?.worse === 'higher') {
    const message = `${metric} gets worse when it rises`
    problems.push({ path: [...path, 'metric'], message, hint: 'use threshold or forecast with above:' })
  }
  if (clear !== undefined && (clear > percent || clear < 0)) {
    const hint = `it is the drop in percent from which on it is good again, 0 … ${percent}`
    problems.push({ path: ['clear'], message: `clear: ${clear} is on the bad side of ${percent} %`, hint })
  }
  if (at !== undefined) problems.push(...checkLoad(at, asNew, { kind, path }))
  else if (typeof asNew === 'object') {
    problems.push({
      path: [...path, 'new'],
      message: 'new: by load needs at:',
      hint: 'give one number, or at:',
    })
  }
  return problems
}

function checkLoad(
  at: NonNullable<Config['at']>,
  asNew: Config['new'],
  { kind, path }: { kind: WatchContext['kind']; path: string[] },
): ConfigProblem[] {
  const problems = checkMetric([...path, 'at', 'metric'], at.metric, kind)
  const [least, most] = kind.metrics.get(at.metric)?.range ?? [0, 0]
  if ((most - least) / at.bin > mostBins) {
    const hint = `make it at least ${(most - least) / mostBins}`
    problems.push({
      path: [...path, 'at', 'bin'],
      message: `bin: ${at.bin} makes more than ${mostBins} bins`,
      hint,
    })
  }
  for (const bin of typeof asNew === 'object' ? Object.keys(asNew) : []) {
    if (Number(bin) % at.bin === 0) continue
    const hint = `its keys are lower ends of bins, multiples of ${at.bin}`
    problems.push({
      path: [...path, 'new', Number(bin)],
      part: 'key',
      message: `no bin begins at ${bin}`,
      hint,
    })
  }
  return problems
}
