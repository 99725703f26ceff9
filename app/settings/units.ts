import { z } from 'zod'

const unitMs: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const unitBytes: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

/** `10m`, `36h`, `30d` → milliseconds. */
export const duration = z.string().transform((text, context) => inUnits(text, unitMs, context))

/** `512KiB`, `2GiB`, `1.5GB` or a number of bytes → bytes. */
export const byteSize = z.union([
  z.int().min(0),
  z.string().transform((text, context) => inUnits(text, unitBytes, context)),
])

/** `2000-01-01` or a full ISO 8601 time with its zone → milliseconds since 1970 UTC. */
export const instant = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .transform((text) => Date.parse(text))

function inUnits(text: string, units: Record<string, number>, context: z.core.$RefinementCtx): number {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text.trim())
  const unit = units[match?.[2] ?? '']
  if (unit !== undefined) return Math.round(Number(match?.[1]) * unit)
  context.addIssue({
    code: 'custom',
    message: `a number with one of the units ${Object.keys(units).join(', ')}`,
  })
  return z.NEVER
}
