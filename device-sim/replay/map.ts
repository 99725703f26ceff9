import { z } from 'zod'
import { dayMs, hourMs } from '../../lib/time.ts'
import { sourceUnits } from './conversions.ts'
import { isZone, timeFormatProblem } from './parse-cell.ts'

const text = z.string().min(1)

/** A value for every row: from a column, or constant. */
const valueSource = z
  .strictObject({ column: text.optional(), fixed: text.optional(), prefix: z.string().default('') })
  .refine(({ column, fixed }) => (column === undefined) !== (fixed === undefined), {
    message: 'name either a column or a fixed value',
  })

/** The device of a row. `columns`: the file has a column for each unit, and each of them becomes a device. */
const unit = z
  .strictObject({
    column: text.optional(),
    fixed: text.optional(),
    columns: z.record(text, text).optional(),
    prefix: z.string().default(''),
  })
  .refine((unit) => [unit.column, unit.fixed, unit.columns].filter((way) => way !== undefined).length === 1, {
    message: 'name one of column, fixed and columns',
  })

const duration = z
  .string()
  .regex(/^\d+(\.\d+)?[smhd]$/, 'it must be a duration such as 30s, 10m, 6h or 1d')
  .transform((written) => {
    const sizes: Record<string, number> = { s: 1_000, m: 60_000, h: hourMs, d: dayMs }
    return Number.parseFloat(written) * (sizes[written.at(-1) ?? ''] ?? Number.NaN)
  })

/** Formats of times by name; any other is a format of Luxon. */
const namedFormats = ['iso', 'epoch_s', 'epoch_ms', 'elapsed'] as const
type NamedFormat = (typeof namedFormats)[number]

/** Return whether a time format has a name, and is not a pattern such as `dd/MM/yyyy`. */
export function isNamedFormat(format: string): format is NamedFormat {
  return (namedFormats as readonly string[]).includes(format)
}

const time = z
  .strictObject({
    column: text,
    format: text.default('iso').superRefine((format, context) => {
      const problem = isNamedFormat(format) ? undefined : timeFormatProblem(format)
      if (problem !== undefined) context.addIssue(problem)
    }),
    zone: text.refine(isZone, 'it must be a time zone such as Europe/Berlin').default('UTC'),
    start: z.iso.datetime('it must be a time such as 2026-01-01T00:00:00Z').transform(Date.parse).optional(),
    one: duration.optional(),
  })
  .refine(({ format, start, one }) => (format === 'elapsed') === (start !== undefined && one !== undefined), {
    message:
      'format: elapsed needs start and one (how long a step of 1 in the column lasts), other formats neither',
  })

const metric = z.preprocess(
  (written) => (typeof written === 'string' ? { column: written } : written),
  z.strictObject({
    column: text,
    unit: z.enum(sourceUnits).optional(),
    percent_of: z.number().positive().optional(),
    scale: z.number().default(1),
    offset: z.number().default(0),
  }),
)

const cell = z.union([z.string(), z.number()], 'it must be a text or a number')
const condition = z
  .strictObject({
    column: text,
    empty: z.literal(true).optional(),
    in: z.array(cell).optional(),
    not_in: z.array(cell).optional(),
    below: z.number().optional(),
    above: z.number().optional(),
  })
  .refine((skip) => Object.keys(skip).length === 2, {
    message: 'name a column and one of empty, in, not_in, below and above',
  })

/** How the columns of a recording become readings of devices. */
export const mapSchema = z.strictObject({
  kind: text,
  /** Separator of the cells. */
  delimiter: z.enum([',', ';', '\t', '|']).default(','),
  decimal: z.enum(['point', 'comma']).default('point'),
  /** Whether numbers may be written as `1.5e-3`. */
  exponent: z.boolean().default(false),
  unit,
  model: valueSource.optional(),
  owner: valueSource.optional(),
  time,
  metrics: z.record(text, metric).refine((metrics) => Object.keys(metrics).length > 0, {
    message: 'name at least one metric',
  }),
  /** A row is left out when any of these holds. */
  skip: z.array(condition).default([]),
})

export type ReplayMap = z.infer<typeof mapSchema>
export type ValueSource = z.infer<typeof valueSource>
export type MetricSource = z.infer<typeof metric>
export type SkipCondition = z.infer<typeof condition>

/** In a metric: the column of the unit itself, where units are columns. */
export const unitColumn = '*'

/** Return the columns that a file must have for a map, each with its position in the map. */
export function requiredColumns(map: ReplayMap): { column: string; path: (string | number)[] }[] {
  const named = [
    ...(['unit', 'model', 'owner', 'time'] as const).map((key) => ({
      column: map[key]?.column,
      path: [key, 'column'],
    })),
    ...Object.keys(map.unit.columns ?? {}).map((column) => ({ column, path: ['unit', 'columns', column] })),
    ...Object.entries(map.metrics).map(([name, { column }]) => ({ column, path: ['metrics', name] })),
    ...map.skip.map(({ column }, index) => ({ column, path: ['skip', index, 'column'] })),
  ]
  return named.flatMap(({ column, path }) =>
    column === undefined || column === unitColumn ? [] : [{ column, path }],
  )
}
