import { z } from 'zod'

/** File descriptors reserved for the journal, databases and web clients. */
const reservedFileDescriptors = 256

const reportSchema = z.object({ userLimits: z.object({ open_files: z.object({ soft: z.number() }) }) })

/**
 * Return how many connections the process may hold before it comes near its limit of open files, where Node fails in
 * unexpected places. Infinity where the system sets no limit.
 */
export function maxConnectionsForOpenFiles(): number {
  const limit = reportSchema.safeParse(process.report.getReport())
  if (!limit.success) return Number.POSITIVE_INFINITY
  return Math.max(limit.data.userLimits.open_files.soft - reservedFileDescriptors, 1)
}
