import { z } from 'zod'

/** The keys that a schema allows in the mapping at a path; none where it is not a mapping with fixed keys. */
export function keysAllowedAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const node = path.reduce<unknown>((parent, step) => child(unwrap(parent), step), schema)
  const mapping = unwrap(node)
  return mapping instanceof z.ZodObject ? Object.keys(mapping.shape) : []
}

function child(parent: unknown, step: PropertyKey): unknown {
  if (parent instanceof z.ZodObject) return parent.shape[String(step)]
  if (parent instanceof z.ZodArray) return parent.element
  if (parent instanceof z.ZodRecord) return parent.valueType
  return undefined
}

function unwrap(schema: unknown): unknown {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return unwrap(schema.unwrap())
  }
  return schema instanceof z.ZodPipe ? unwrap(schema.in) : schema
}
