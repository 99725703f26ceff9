import { z } from 'zod'
import { setting } from './setting.ts'
import { byteSize, duration, timestamp } from './units.ts'
import { bytesAllowed, durationAllowed, positiveInteger, positiveIntegerAllowed } from './value-types.ts'

export const ingest = z.strictObject({
  registration: setting(z.enum(['open', 'closed']).prefault('open'), {
    env: 'FOREWARN_INGEST_REGISTRATION',
    allowed: 'open or closed',
    description: 'Whether unknown devices may register themselves (open) or must be imported (closed).',
  }),
  oldest: setting(timestamp.prefault('2000-01-01'), {
    env: 'FOREWARN_INGEST_OLDEST',
    allowed: 'a date such as 2000-01-01 or a time such as 2000-01-01T00:00:00Z',
    description: 'Oldest accepted reading time; older readings are quarantined.',
  }),
  futureTolerance: setting(duration.prefault('10m'), {
    env: 'FOREWARN_INGEST_FUTURE_TOLERANCE',
    allowed: durationAllowed,
    description: 'How far ahead of the clock here a reading may be; one further ahead is quarantined.',
  }),
  maxReadingsPerMessage: setting(positiveInteger.max(100_000).prefault(1_000), {
    env: 'FOREWARN_INGEST_MAX_READINGS_PER_MESSAGE',
    allowed: 'a whole number from 1 to 100000',
    description: 'Maximum readings per message; larger messages are quarantined.',
  }),
  maxDevices: setting(positiveInteger.prefault(200_000), {
    env: 'FOREWARN_INGEST_MAX_DEVICES',
    allowed: positiveIntegerAllowed,
    description: 'Devices that may be known; the announcement of a further one is quarantined.',
  }),
  maxDevicesPerClient: setting(positiveInteger.prefault(5_000), {
    env: 'FOREWARN_INGEST_MAX_DEVICES_PER_CLIENT',
    allowed: positiveIntegerAllowed,
    description:
      'New devices that one MQTT client may announce between two starts; further ones are quarantined.',
  }),
})

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
