import { z } from 'zod'
import { setting } from './setting.ts'
import { duration, timestamp } from './units.ts'
import { durationAllowed, positiveInteger, positiveIntegerAllowed } from './value-types.ts'

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
