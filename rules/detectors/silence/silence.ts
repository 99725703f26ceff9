import { z } from 'zod'
import { usualIntervalMs } from '../../quality/heard.ts'
import type { Detector, Evaluator } from '../detector.ts'
import { scaledBy } from '../stricter-values.ts'

const config = z.strictObject({
  intervals: z
    .number()
    .min(1)
    .describe('How many expected intervals of the kind may pass without a message.'),
})

/** Number of its own usual intervals that a device may be silent for. */
const ownIntervals = 3

/** Device that has not been heard for long. Needs no state: the engine keeps when it was last heard. */
export const silence: Detector<z.infer<typeof config>> = {
  name: 'silence',
  config,
  validate(_config, { clear }) {
    if (clear === undefined) return []
    return [
      { path: ['clear'], message: 'silence has no clear:', hint: 'it ends when the device is heard again' },
    ]
  },
  stricter: { intervals: scaledBy(1.5, 2, 3) },
  indicatesFailure: () => true,
  createEvaluator({ intervals }, { kind }): Evaluator<null> {
    // A device that reports more rarely than its kind may miss a few of its own reports.
    const longestOf = (heardIntervalsMs: readonly number[] | undefined): number =>
      Math.max(
        intervals * kind.expectedIntervalMs,
        Math.min(intervals, ownIntervals) * (usualIntervalMs(heardIntervalsMs) ?? 0),
      )
    return {
      metrics: [],
      reads: [],
      stateKey: 'silence',
      createMemory: () => null,
      onSample: () => ({ is: 'unknown' }),
      onTick: (_memory, { at, listening }, { lastSeenAt = Number.NEGATIVE_INFINITY, heardIntervalsMs }) => {
        const longestMs = longestOf(heardIntervalsMs)
        if (at - lastSeenAt <= longestMs) return { assessment: { is: 'good' }, isChanged: false }
        // Readings before `listening` may have been missed: neither raise nor clear.
        return { assessment: { is: at - listening > longestMs ? 'bad' : 'unknown' }, isChanged: false }
      },
      wakesAt: (_memory, { lastSeenAt = Number.NEGATIVE_INFINITY, heardIntervalsMs }) =>
        lastSeenAt + longestOf(heardIntervalsMs) + 1,
      evidence: (_memory, { lastSeenAt }) => ({
        detector: 'silence',
        ...(lastSeenAt === undefined ? {} : { lastSeen: lastSeenAt }),
        points: [],
      }),
    }
  },
}
