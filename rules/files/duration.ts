import { parseDuration } from '../../lib/duration.ts'
import { parsedString } from './parsed-string.ts'

/** A duration in a rule or kind file, in milliseconds once parsed. Its title tells reference pages how to show it. */
export const durationSchema = parsedString(
  parseDuration,
  'it must be a duration such as 30d, 24h or 10m',
).meta({ title: 'duration' })
