import { z } from 'zod'

export const importedSchema = z
  .object({
    dryRun: z.boolean().describe('Nothing was changed: it is what would have been.'),
    rows: z.int(),
    new: z.int(),
    changed: z.int(),
    unchanged: z.int(),
  })
  .meta({ id: 'Imported', description: 'What a file changed.' })
