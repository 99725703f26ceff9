// @ts-check
import { defineDetector, scaledBy, validateMetric, z } from 'forewarn/plugin'

const config = z.strictObject({
  metric: z.string().describe('The metric to compare.'),
  low: z.number().describe('Lowest value that is good.'),
  high: z.number().describe('Highest value that is good.'),
  in_a_row: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('Readings outside, one after the other, that raise it.'),
})

/**
 * State of one device. It is stored as JSON, so it is plain data of bounded size.
 * @typedef {{ ts: number, value: number, outside: number }} RangeState
 */

/** A value outside a band, several readings in a row. */
export const range = defineDetector({
  name: 'range',
  config,
  validate({ metric, low, high }, { kind, path }) {
    const problems = validateMetric([...path, 'metric'], metric, kind)
    if (low < high) return problems
    const message = `low: ${low} is not below high: ${high}`
    return [...problems, { path: [...path, 'low'], message, hint: 'exchange them' }]
  },
  stricter: { in_a_row: (count) => [count + 1, count + 3], high: scaledBy(1.05, 1.1) },
  indicatesFailure: () => true,
  /** @returns {import('forewarn/plugin').Evaluator<RangeState>} */
  createEvaluator({ metric, low, high, in_a_row: needed }, { kind }) {
    return {
      metrics: [metric],
      // Readings that were outside of another band do not count for this one.
      stateKey: `range ${metric} ${low} ${high}`,
      initialState: () => ({ ts: Number.MIN_SAFE_INTEGER, value: low, outside: 0 }),
      onSample(state, { ts, values }) {
        const value = values[metric]
        if (value === undefined || ts <= state.ts) return { state, assessment: { is: 'unknown' } }
        const isOutside = value < low || value > high
        const outside = isOutside ? Math.min(needed, state.outside + 1) : 0
        const next = { ts, value, outside }
        if (!isOutside) return { state: next, assessment: { is: 'good' } }
        return { state: next, assessment: { is: outside >= needed ? 'bad' : 'between' } }
      },
      evidence: ({ ts, value }) => ({
        detector: 'range',
        metric,
        unit: kind.metrics.get(metric)?.unit ?? '',
        value,
        limit: value < low ? low : high,
        points: [[ts, value]],
      }),
    }
  },
})
