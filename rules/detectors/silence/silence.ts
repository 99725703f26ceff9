import { z } from 'zod'
import type { Detector, PresenceWatch } from '../detector.ts'

const config = z.strictObject({
  /** How many of the kind's expected intervals may pass. */
  intervals: z.number().min(1),
})

/** A device that has not been heard for long. */
export const silence: Detector<z.infer<typeof config>> = {
  name: 'silence',
  config,
  check(_config, { clear }) {
    if (clear === undefined) return []
    return [
      { path: ['clear'], message: 'silence has no clear:', hint: 'it ends when the device is heard again' },
    ]
  },
  watch({ intervals }, { kind }): PresenceWatch {
    const longestMs = intervals * kind.expectedIntervalMs
    return {
      watches: 'presence',
      judge: (heardAt, now) => ({ is: now - heardAt > longestMs ? 'bad' : 'good' }),
      evidence: (heardAt) => ({ detector: 'silence', lastSeen: heardAt, points: [] }),
    }
  },
}
