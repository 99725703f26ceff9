import { z } from 'zod'
import type { Detector, Judged, Sample, Watch } from '../detector.ts'
import { addToHistory, emptyHistory, type History, pointsOf } from '../history.ts'
import { checkLimit, hasOneLimit, limitKeys, limitOf, oneLimitMessage } from '../limit.ts'

const config = z
  .strictObject({
    ...limitKeys,
    /** How many readings must be beyond the limit, one after the other. */
    in_a_row: z.int().min(1).max(100).default(1),
  })
  .refine(hasOneLimit, oneLimitMessage)

interface Memory {
  /** The newest value and its time. */
  ts: number
  value: number
  /** How many readings up to it were beyond the limit without a break. */
  row: number
  history: History
}

const pointsKept = 30

/** A value beyond a limit; with the rule's `clear` as hysteresis. */
export const threshold: Detector<z.infer<typeof config>> = {
  name: 'threshold',
  config,
  check: (config, context) => checkLimit(config, context),
  watch(config, { kind, clear }): Watch<Memory> {
    const { metric, in_a_row: needed } = config
    const limit = limitOf(config)
    const unit = kind.metrics.get(metric)?.unit ?? ''
    const size = { spanMs: kind.expectedIntervalMs, points: pointsKept }
    return {
      metrics: [metric],
      // What was beyond another limit does not count in a row.
      remembers: needed === 1 ? `threshold ${metric}` : `threshold ${metric} ${limit.worse} ${limit.value}`,
      start: () => ({ ts: Number.MIN_SAFE_INTEGER, value: limit.value, row: 0, history: emptyHistory }),
      read(memory, { ts, values }: Sample): Judged<Memory> {
        const value = values[metric]
        if (value === undefined) return { memory, verdict: { is: 'unknown' } }
        const history = addToHistory(memory.history, [ts, value], size)
        const isNewest = ts > memory.ts
        const row = limit.margin(value) >= 0 ? 0 : isNewest ? memory.row + 1 : 1
        const verdict = { is: verdictOf(value, row) }
        if (!isNewest) return { memory: { ...memory, history }, verdict }
        return { memory: { ts, value, row: Math.min(row, needed), history }, verdict }
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

    function verdictOf(value: number, row: number): 'bad' | 'between' | 'good' {
      if (row > 0) return row >= needed ? 'bad' : 'between'
      return clear !== undefined && limit.margin(value) < limit.margin(clear) ? 'between' : 'good'
    }
  },
}
