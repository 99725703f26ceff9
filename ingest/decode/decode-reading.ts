import { z } from 'zod'
import type { Reading } from '../../contract/reading.ts'
import type { IngestLimits } from './ingest-limits.ts'
import type { Rejection } from './rejection.ts'
import { validateTimestamp } from './validate-timestamp.ts'
import { toRejection } from './zod-rejection.ts'

export type DecodedReading =
  | { type: 'reading'; reading: Reading }
  | { type: 'rejected'; rejection: Rejection }

const readingSchema = z.object({
  // Not `z.int()`: `validateTimestamp` gives the more exact reason.
  ts: z.number(),
  values: z.record(z.string(), z.number()),
  boot: z.int().min(0).optional(),
  seq: z.int().min(0).optional(),
  hist: z.boolean().optional(),
})

export interface ReadingContext {
  device: string
  now: number
  limits: IngestLimits
}

/** Decode one reading from parsed JSON. The metrics are checked against the device's kind later. */
export function decodeReading(input: unknown, context: ReadingContext): DecodedReading {
  const parsed = readingSchema.safeParse(input)
  if (!parsed.success) return rejected(toRejection(parsed.error, input))
  const { ts, values, boot, seq, hist } = parsed.data
  // zod drops this key silently.
  if (Object.hasOwn((input as { values: object }).values, '__proto__')) {
    return rejected({ reason: 'unknown_metric', detail: 'no kind has a metric __proto__' })
  }
  const badTime = validateTimestamp(ts, context.now, context.limits)
  if (badTime !== undefined) return rejected(badTime)
  if (Object.keys(values).length === 0) {
    return rejected({ reason: 'wrong_type', detail: 'values holds no metric' })
  }

  const reading: Reading = { device: context.device, ts, values }
  if (boot !== undefined) reading.boot = boot
  if (seq !== undefined) reading.seq = seq
  if (hist !== undefined) reading.hist = hist
  return { type: 'reading', reading }
}

function rejected(rejection: Rejection): DecodedReading {
  return { type: 'rejected', rejection }
}
