import { z } from 'zod'
import type { Detector, Judged, Sample, Watch } from '../detector.ts'
import { addToHistory, emptyHistory, type History, pointsOf } from '../history.ts'
import { checkLimit, hasOneLimit, limitKeys, limitOf, oneLimitMessage } from '../limit.ts'

const config = z.strictObject(limitKeys).refine(hasOneLimit, oneLimitMessage)

interface Memory {
  /** The newest value and its time. */
  ts: number
  value: number
  history: History
}

const pointsKept = 30

/** A value beyond a limit; with the rule's `clear` as hysteresis. */
export const threshold: Detector<z.infer<typeof config>> = {
  name: 'threshold',
  config,
  check: (config, context) => checkLimit(config, context),
  watch(config, { kind, clear }): Watch<Memory> {
    const { metric } = config
    const limit = limitOf(config)
    const unit = kind.metrics.get(metric)?.unit ?? ''
    const size = { spanMs: kind.expectedIntervalMs, points: pointsKept }
    return {
      metrics: [metric],
      remembers: `threshold ${metric}`,
      start: () => ({ ts: Number.MIN_SAFE_INTEGER, value: limit.value, history: emptyHistory }),
      read(memory, { ts, values }: Sample): Judged<Memory> {
        const value = values[metric]
        if (value === undefined) return { memory, verdict: { is: 'unknown' } }
        const history = addToHistory(memory.history, [ts, value], size)
        const newest = ts >= memory.ts ? { ts, value } : { ts: memory.ts, value: memory.value }
        return { memory: { ...newest, history }, verdict: { is: verdictOf(value) } }
      },
      evidence: ({ value, history }) => ({
        detector: 'threshold',
        metric,
        unit,
        value,
        limit: limit.value,
        points: pointsOf(history).map(([ts, value]) => [ts, value]),
      }),
    }

    function verdictOf(value: number): 'bad' | 'between' | 'good' {
      if (limit.margin(value) < 0) return 'bad'
      return clear !== undefined && limit.margin(value) < limit.margin(clear) ? 'between' : 'good'
    }
  },
}
