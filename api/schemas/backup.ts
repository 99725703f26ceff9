import { z } from 'zod'

export const backupSchema = z.object({
  state: z.enum(['running', 'done', 'failed']),
  step: z.enum(['records', 'series', 'journal', 'manifest']).describe('Step that runs, or ran last.'),
  folder: z.string().describe('Absolute path of the backup on the machine of the program.'),
  bytes: z.number().nullable().describe('Size of all files; null before the end.'),
  external: z
    .array(z.string())
    .describe('Parts that servers keep: each needs a backup of its own, see docs/backup.md.'),
  error: z.string().nullable(),
})

export type Backup = z.output<typeof backupSchema>

/** Makes backups in the data folder, one at a time. */
export interface Backups {
  /** Start one; undefined while another one runs. */
  start(): Backup | undefined
  /** Return the last one since the start of the program, if any. */
  latest(): Backup | undefined
}
