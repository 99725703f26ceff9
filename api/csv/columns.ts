import { z } from 'zod'
import { idField } from '../schemas/fields.ts'

/** One column of a table: how its cells are read and written. */
export interface Column<T> {
  /** Parse a cell that is not empty. */
  schema: z.ZodType<T, string>
  write(value: T): string
  /** Value of an empty cell; `required`: it must not be empty. */
  empty: { value: T } | 'required'
  /** Description of a valid cell. */
  hint: string
}

/** Columns of a row, in the order of the file. */
export type Columns<Row> = { [Name in keyof Row & string]: Column<Row[Name]> }

/** Create a column of required text. */
export function requiredText(hint: string, schema: z.ZodType<string, string> = idField): Column<string> {
  return { schema, write: (value) => value, empty: 'required', hint }
}

/** Create a column of text with a default. */
export function textWithDefault<T extends string>(
  value: T,
  schema: z.ZodType<T, string>,
  hint: string,
): Column<T> {
  return { schema, write: (text) => text, empty: { value }, hint }
}

/** Create a column of optional text. */
export function optionalText(schema: z.ZodType<string, string>, hint: string): Column<string | null> {
  return { schema, write: (value) => value ?? '', empty: { value: null }, hint }
}

const numeric = (what: string) =>
  z
    .string()
    .regex(/^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i, { error: what })
    .transform(Number)

/** Create a column of optional numbers. */
export function optionalNumber(range: z.ZodType<number, number>, hint: string): Column<number | null> {
  const schema = numeric('is not a number').pipe(range)
  return { schema, write: (value) => (value === null ? '' : String(value)), empty: { value: null }, hint }
}

/** Create a column of whole numbers that has a default or is required. */
export function wholeNumber(
  range: z.ZodType<number, number>,
  empty: Column<number>['empty'],
  hint: string,
): Column<number> {
  return { schema: numeric('is not a number').pipe(range), write: String, empty, hint }
}

export const booleanColumn: Column<boolean> = {
  schema: z.enum(['true', 'false']).transform((text) => text === 'true'),
  write: String,
  empty: { value: true },
  hint: 'Write true or false.',
}

/** Create a column of optional times, ms since 1970 UTC. */
export const optionalTimeColumn: Column<number | null> = {
  schema: z.iso
    .datetime({ offset: true })
    .refine((text) => !Number.isNaN(Date.parse(text)))
    .transform((text) => Date.parse(text)),
  write: (value) => (value === null ? '' : new Date(value).toISOString()),
  empty: { value: null },
  hint: 'Write a time such as 2026-01-31T12:00:00Z.',
}
