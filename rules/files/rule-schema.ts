import { z } from 'zod'
import { dayMs } from '../../lib/time.ts'
import type { ConfiguredDetector } from '../detectors/detector.ts'
import { ruleTestSchema } from '../rule-tests/schema.ts'
import { durationSchema } from './duration.ts'

const key = z.string().regex(/^[a-z][a-z0-9_]*$/, 'it must be a name such as battery_replacement')

const ruleName = z
  .string()
  .regex(/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/, 'it must be a name such as phone.battery_worn')
/** A duration alone holds every finding. */
const hold = z
  .preprocess(
    (value) => (typeof value === 'object' ? value : { for: value }),
    z.strictObject({
      for: durationSchema,
      raises: z.int().min(1).max(10).default(1),
      within: durationSchema.default(30 * dayMs),
    }),
  )
  .transform(({ for: forMs, raises, within }) => ({ forMs, raises, withinMs: within }))

const ticket = z.strictObject({
  sla: z.enum(['level1', 'level2', 'level3']),
  part: key.exactOptional(),
  skill: key.exactOptional(),
})

// A literal key `then` would make the schema's shape look like a promise.
const actionsKey = 'then'

/** Return the schema of a rule file, given that of its `detect:`. */
export function createRuleFileSchema(detectSchema: z.ZodType<ConfiguredDetector>) {
  return z.strictObject({
    rule: ruleName,
    kind: key,
    component: key,
    detect: detectSchema,
    for: durationSchema.optional(),
    clear: z.number().optional(),
    hold: hold.optional(),
    latch: z.boolean().default(false),
    late: z.enum(['ignore', 'features', 'evaluate']).default('features'),
    repeat: durationSchema.optional(),
    unless: z.array(ruleName).default([]),
    only_while: z.string().optional(),
    severity: z.enum(['critical', 'major', 'minor', 'warning']),
    [actionsKey]: z.strictObject({ notice: key.optional(), ticket: ticket.optional() }).default({}),
    tests: z.array(ruleTestSchema).refine((tests) => tests.length > 0, 'a rule needs at least one test'),
  })
}

export type RuleFileSchema = ReturnType<typeof createRuleFileSchema>
export type RuleFile = z.infer<RuleFileSchema>
