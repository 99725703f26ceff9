import type { Detector, Judged, Sample, Verdict, Watch } from '../detector.ts'
import { addToHistory, emptyHistory, type History, median, type Point, pointsOf } from '../history.ts'
import { binOf } from '../load.ts'
import { type Baseline, type Known, learn, nothingLearnt } from './baseline.ts'
import { check, config, type DriftConfig } from './config.ts'
import { addToSums, noSums, type Sums } from './cusum.ts'

interface Memory {
  /** By the load, rounded down to a bin. */
  baselines: Readonly<Record<string, Baseline>>
  sums: Sums
  /** Time of the newest sample. */
  ts?: number
  /** The baseline that the newest sample was compared with. */
  usual?: Known
  /** Of the samples compared, in standard deviations from their baselines. */
  deviations: History
}

const pointsKept = 30
const samplesOfLevel = 5

/** A share of the metric's range that no sensor resolves. */
const leastOfRange = 1e-4

/** A metric that is no longer what is usual for this very device at the same load. */
export const drift: Detector<DriftConfig> = {
  name: 'drift',
  config,
  check,
  watch(config, { kind }): Watch<Memory> {
    const { metric, at, shift, least } = config
    const { unit = '', range = [0, 0], worse = 'both' } = kind.metrics.get(metric) ?? {}
    const { direction = worse } = config
    const learning = {
      samples: config.learn,
      leastShare: least / 100 / shift,
      least: leastOfRange * (range[1] - range[0]),
    }
    const size = { spanMs: kind.expectedIntervalMs, points: pointsKept }
    return {
      metrics: [metric],
      remembers: `drift ${metric} ${JSON.stringify([at, config.learn, shift, least])}`,
      start: () => ({ baselines: {}, sums: noSums, deviations: emptyHistory }),
      read(before, { ts, values }: Sample): Judged<Memory> {
        const bin = binOf(at, values)
        const value = values[metric]
        if (bin === undefined || value === undefined) return judged(before)
        const usual = before.baselines[bin] ?? nothingLearnt
        return judged(
          usual.is === 'known' ? compare(before, usual, [ts, value]) : learnAt(before, bin, [ts, value]),
        )
      },
      evidence({ sums, usual, deviations }) {
        if (usual === undefined) return { detector: 'drift', metric, unit, points: [] }
        const { level, scale } = usual
        const way = sums.rise >= sums.fall ? 1 : -1
        const points = pointsOf(deviations)
        const newest = points.slice(-samplesOfLevel).map(([, deviation]) => deviation)
        return {
          detector: 'drift',
          metric,
          unit,
          value: level + scale * median(newest),
          baseline: level,
          limit: level + (way * scale * shift) / 2,
          points: points.map(([ts, deviation]) => [ts, level + scale * deviation]),
        }
      },
    }

    function learnAt(before: Memory, bin: string, sample: Point): Memory {
      const known = before.baselines[bin] ?? nothingLearnt
      const baseline = learn(known, sample, learning)
      if (baseline === known) return before
      const ts = Math.max(sample[0], before.ts ?? sample[0])
      return { ...before, ts, baselines: { ...before.baselines, [bin]: baseline } }
    }

    function compare(before: Memory, usual: Known, [ts, value]: Point): Memory {
      if (before.ts !== undefined && ts <= before.ts) return before
      const deviation = (value - usual.level) / usual.scale
      const sums = addToSums(before.sums, deviation, config)
      return {
        ...before,
        ts,
        usual,
        sums,
        deviations: addToHistory(before.deviations, [ts, deviation], size),
      }
    }

    function judged(memory: Memory): Judged<Memory> {
      return { memory, verdict: verdictOf(memory) }
    }

    function verdictOf({ sums, usual }: Memory): Verdict {
      if (usual === undefined) return { is: 'unknown' }
      const rise = direction === 'lower' ? 0 : sums.rise
      const fall = direction === 'higher' ? 0 : sums.fall
      const sum = Math.max(rise, fall)
      if (sum > config.limit) return { is: 'bad' }
      return { is: sum === 0 ? 'good' : 'between' }
    }
  },
}
