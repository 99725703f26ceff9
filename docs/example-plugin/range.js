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
 * What it remembers of one device. It is stored as JSON, so it is plain data of bounded size.
 * @typedef {{ ts: number, value: number, outside: number }} RangeMemory
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
  /** @returns {import('forewarn/plugin').Evaluator<RangeMemory>} */
  createEvaluator({ metric, low, high, in_a_row: needed }, { kind }) {
    return {
      metrics: [metric],
      // Readings that were outside of another band do not count for this one.
      stateKey: `range ${metric} ${low} ${high}`,
      createMemory: () => ({ ts: Number.MIN_SAFE_INTEGER, value: low, outside: 0 }),
      onSample(memory, { ts, values }) {
        const value = values[metric]
        if (value === undefined || ts <= memory.ts) return { is: 'unknown' }
        const isOutside = value < low || value > high
        memory.ts = ts
        memory.value = value
        memory.outside = isOutside ? Math.min(needed, memory.outside + 1) : 0
        if (!isOutside) return { is: 'good' }
        return { is: memory.outside >= needed ? 'bad' : 'between' }
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
