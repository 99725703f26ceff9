import { z } from 'zod'

/** Tables that can be imported. */
export const importableTables = ['devices', 'owners', 'technicians', 'stock'] as const
export type ImportableTableName = (typeof importableTables)[number]

/** Size limit, bytes; a larger file gets a 413. */
export const maxImportBytes = 8 * 1_024 * 1_024

export const importResultSchema = z
  .object({
    dryRun: z.boolean().describe('True if nothing was imported; the counts are what an import would do.'),
    rows: z.int(),
    new: z.int(),
    changed: z.int(),
    unchanged: z.int(),
  })
  .meta({ id: 'Imported', description: 'Result of an import.' })
