import { z } from 'zod'

/** Left for the journal, databases, web clients and whatever else the process opens. */
const reserved = 256

const limitShape = z.object({ userLimits: z.object({ open_files: z.object({ soft: z.number() }) }) })

/**
 * How many connections the process may hold before it comes near its limit of open files, where Node fails in
 * unexpected places. Infinity where the system sets no limit.
 */
export function connectionsWithinOpenFiles(): number {
  const limit = limitShape.safeParse(process.report.getReport())
  if (!limit.success) return Number.POSITIVE_INFINITY
  return Math.max(limit.data.userLimits.open_files.soft - reserved, 1)
}
