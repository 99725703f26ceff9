import { z } from 'zod'
import { detectSchema } from '../detectors/registry.ts'
import { ruleTestSchema } from '../rule-tests/schema.ts'
import { duration } from './duration.ts'

const key = z.string().regex(/^[a-z][a-z0-9_]*$/, 'it must be a name such as battery_replacement')

const ticket = z.strictObject({
  sla: z.enum(['level1', 'level2', 'level3']),
  part: key.exactOptional(),
  skill: key.exactOptional(),
})

// Written out as `then:`, the key would make the schema's shape look like a promise.
const consequences = 'then'

/** A rule file. */
export const ruleFile = z.strictObject({
  rule: z
    .string()
    .regex(/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/, 'it must be a name such as phone.battery_worn'),
  kind: key,
  component: key,
  detect: detectSchema,
  for: duration.optional(),
  clear: z.number().optional(),
  latch: z.boolean().default(false),
  late: z.enum(['ignore', 'features', 'evaluate']).default('features'),
  severity: z.enum(['critical', 'major', 'minor', 'warning']),
  [consequences]: z.strictObject({ notice: key.optional(), ticket: ticket.optional() }).default({}),
  tests: z.array(ruleTestSchema).refine((tests) => tests.length > 0, 'a rule needs at least one test'),
})

export type RuleFile = z.infer<typeof ruleFile>
