import { z } from 'zod'
import { durationSchema } from '../../files/duration.ts'
import type { ConfigProblem } from '../../files/rule-file-problem.ts'
import type { ConfigContext } from '../detector.ts'
import { months } from './months.ts'

export const config = z
  .strictObject({
    every: months
      .optional()
      .describe('Time in use such as `6mo` or `2y`; exactly one of this, `before` and `months`.'),
    before: z
      .enum(['spring', 'summer', 'autumn', 'winter', 'rainy_season'])
      .optional()
      .describe('Season in the region of the device.'),
    months: z
      .array(z.int().min(1).max(12))
      .min(1)
      .optional()
      .describe('Months of the year, 1 to 12, in every region.'),
    ahead: durationSchema
      .optional()
      .describe('How long before the date it is due. Without it: 30 days before a season, else on the date.'),
  })
  .refine(
    (config) =>
      [config.every, config.before, config.months].filter((given) => given !== undefined).length === 1,
    'it must name exactly one of every:, before: and months:',
  )

export type CalendarConfig = z.infer<typeof config>

/** Return problems that the schema cannot find. */
export function validateConfig(_config: CalendarConfig, { clear }: ConfigContext): ConfigProblem[] {
  if (clear === undefined) return []
  const hint = 'it ends with the part, or a month after the date'
  return [{ path: ['clear'], message: 'calendar has no clear:', hint }]
}
