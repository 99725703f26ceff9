import { z } from 'zod'

/** What a technician found of the part that a ticket is about. */
export const verdictSchema = z.enum(['worn', 'not_worn', 'sensor_fault', 'other'])
