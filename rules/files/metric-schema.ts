import { z } from 'zod'
import { qualitySchema } from '../quality/sensor-limits.ts'
import { featureSchema } from '../waveforms/waveform-schema.ts'

/** Schema of the range of a metric, ends included. */
export const rangeSchema = z
  .tuple([z.number(), z.number()])
  .refine(([least, most]) => least < most, 'the first number must be below the second')

/** Fall of a metric, as a share of its level, that shows a service of a component that was not reported. */
export const servicedSchema = z.strictObject({ component: z.string(), by: z.number().gt(0).lt(1) })

/** How a service of a component shows in a metric. */
export type ServiceSign = z.infer<typeof servicedSchema>

const valueName = z.string().min(1).max(64)

/** In their order from 0, or with the number that each is stored as. */
const valuesSchema = z.union([z.array(valueName).min(1), z.record(valueName, z.int())], {
  error: 'it must be a list of names such as [idle, cleaning], or a mapping of names to whole numbers',
})

const fields = z.strictObject({
  type: z.enum(['number', 'boolean', 'enum']).default('number'),
  /** UCUM code, case sensitive: `Cel`, `r/min`, `[g]`. */
  unit: z.string().min(1).optional(),
  range: rangeSchema.optional(),
  /** Of an enumerated metric. */
  values: valuesSchema.optional(),
  /** Whether a number may come as text, such as "81.2". */
  accepts_text: z.boolean().optional(),
  worse: z.enum(['lower', 'higher']).optional(),
  serviced: servicedSchema.optional(),
  description: z.string().optional(),
  quality: qualitySchema.optional(),
  /** Of a metric that is computed from a waveform. */
  from: featureSchema.optional(),
})

type Fields = z.infer<typeof fields>

/** Keys that each type needs, and keys that it cannot have. */
const keysOfType = {
  number: { needed: ['unit', 'range'], impossible: ['values'] },
  boolean: { needed: [], impossible: ['unit', 'range', 'values', 'accepts_text', 'quality', 'from'] },
  enum: { needed: ['values'], impossible: ['unit', 'range', 'accepts_text', 'quality', 'from'] },
} as const

/** Schema of a metric that devices send: a number, true or false, or one of named values. */
export const metricSchema = fields
  .superRefine((metric, context) => {
    const { needed, impossible } = keysOfType[metric.type]
    const report = (key: keyof Fields, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message, input: metric })
    for (const key of needed) {
      if (metric[key] === undefined) report(key, `a metric of type ${metric.type} needs it`)
    }
    for (const key of impossible) {
      if (metric[key] !== undefined) report(key, `a metric of type ${metric.type} cannot have it`)
    }
    const numbers = [...numbersOf(metric.values).values()]
    if (new Set(numbers).size < numbers.length) report('values', 'two values have the same number')
  })
  .transform(({ values, unit = '1', range, accepts_text: acceptsText = false, ...metric }) => {
    const numbers = numbersOf(values)
    const least = Math.min(0, ...numbers.values())
    const most = Math.max(1, ...numbers.values())
    return { ...metric, unit, range: range ?? ([least, most] as [number, number]), acceptsText, numbers }
  })

/** A list with a name twice yields the same number twice, as an entry of the mapping under another name would. */
function numbersOf(values: Fields['values']): ReadonlyMap<string, number> {
  if (values === undefined) return new Map()
  return new Map(
    Array.isArray(values) ? values.map((value, index) => [value, index]) : Object.entries(values),
  )
}
