import { parseDuration } from '../../lib/duration.ts'
import { parsedString } from './parsed-string.ts'

/** Schema of a duration in a rule or kind file; parsed to ms. Reference pages show its title. */
export const durationSchema = parsedString(
  parseDuration,
  'it must be a duration such as 30d, 24h or 10m',
).meta({ title: 'duration' })
