import { z } from 'zod'
import type { Detector, Watch } from '../detector.ts'

const config = z.strictObject({
  /** How many of the kind's expected intervals may pass. */
  intervals: z.number().min(1),
})

/** A device that has not been heard for long. Needs no memory: the engine knows when it was last heard. */
export const silence: Detector<z.infer<typeof config>> = {
  name: 'silence',
  config,
  check(_config, { clear }) {
    if (clear === undefined) return []
    return [
      { path: ['clear'], message: 'silence has no clear:', hint: 'it ends when the device is heard again' },
    ]
  },
  watch({ intervals }, { kind }): Watch<null> {
    const longestMs = intervals * kind.expectedIntervalMs
    return {
      metrics: [],
      remembers: 'silence',
      start: () => null,
      read: (memory) => ({ memory, verdict: { is: 'unknown' } }),
      tick: (memory, { at, listening }, { heardAt = Number.NEGATIVE_INFINITY }) => {
        if (at - heardAt <= longestMs) return { memory, verdict: { is: 'good' } }
        // Before `listening` we may have missed it: that neither raises, nor clears what is raised.
        return { memory, verdict: { is: at - listening > longestMs ? 'bad' : 'unknown' } }
      },
      wakesAt: (_memory, { heardAt = Number.NEGATIVE_INFINITY }) => heardAt + longestMs + 1,
      evidence: (_memory, { heardAt }) => ({
        detector: 'silence',
        ...(heardAt === undefined ? {} : { lastSeen: heardAt }),
        points: [],
      }),
    }
  },
}
