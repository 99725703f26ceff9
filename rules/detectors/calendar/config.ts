import { z } from 'zod'
import { durationSchema } from '../../files/duration.ts'
import type { ConfigProblem } from '../../files/rule-file-problem.ts'
import type { ConfigContext } from '../detector.ts'
import { months } from './months.ts'

export const config = z
  .strictObject({
    /** Months in use. */
    every: months.optional(),
    /** A season, where the device is. */
    before: z.enum(['spring', 'summer', 'autumn', 'winter', 'rainy_season']).optional(),
    /** Months of the year, 1 to 12, wherever the device is. */
    months: z.array(z.int().min(1).max(12)).min(1).optional(),
    /** How long before that it is due; 30 days before a season where it is left out. */
    ahead: durationSchema.optional(),
  })
  .refine(
    (config) =>
      [config.every, config.before, config.months].filter((given) => given !== undefined).length === 1,
    'it must name exactly one of every:, before: and months:',
  )

export type CalendarConfig = z.infer<typeof config>

/** What the schema cannot see. */
export function validateConfig(_config: CalendarConfig, { clear }: ConfigContext): ConfigProblem[] {
  if (clear === undefined) return []
  const hint = 'it ends with the part, or a month after the date'
  return [{ path: ['clear'], message: 'calendar has no clear:', hint }]
}
