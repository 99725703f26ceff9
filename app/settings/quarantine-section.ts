import { z } from 'zod'
import { setting } from './setting.ts'
import { byteSize, duration } from './units.ts'
import { bytesAllowed, positiveInteger, positiveIntegerAllowed } from './value-types.ts'

export const quarantine = z.strictObject({
  maxBytes: setting(byteSize.prefault('1GiB'), {
    env: 'FOREWARN_QUARANTINE_MAX_BYTES',
    allowed: bytesAllowed,
    description:
      'Maximum size of the quarantine in the records; beyond it the oldest messages are deleted. /readyz announces it at 80 %.',
  }),
  keep: setting(duration.prefault('90d'), {
    env: 'FOREWARN_QUARANTINE_KEEP',
    allowed: 'a duration such as 36h or 90d',
    description: 'How long quarantined messages are kept. /readyz announces their deletion a week before.',
  }),
  maxRate: setting(positiveInteger.prefault(1_000), {
    env: 'FOREWARN_QUARANTINE_MAX_RATE',
    allowed: positiveIntegerAllowed,
    description:
      'Rejected messages (each KiB counts as one) a second of one client that are acknowledged at once; beyond that its acknowledgements wait.',
  }),
})
