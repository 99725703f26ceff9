import { z } from 'zod'

/**
 * Boundaries of the zones of ISO 20816-3 (before: ISO 10816-3), for the root mean square of the velocity of vibration at the
 * bearing housings between 10 and 1000 Hz, mm/s. Zone A: newly commissioned; B: unrestricted operation; C: until the next
 * occasion for repair; D: may cause damage. Group 1: machines above 300 kW, or with a shaft height from 315 mm; group 2: from
 * 15 to 300 kW, or from 160 mm.
 */
const boundaries = {
  1: {
    rigid: { 'A/B': 2.3, 'B/C': 4.5, 'C/D': 7.1 },
    flexible: { 'A/B': 3.5, 'B/C': 7.1, 'C/D': 11 },
  },
  2: {
    rigid: { 'A/B': 1.4, 'B/C': 2.8, 'C/D': 4.5 },
    flexible: { 'A/B': 2.3, 'B/C': 4.5, 'C/D': 7.1 },
  },
} as const

/** Schema of a boundary between two zones, as the limit of a detector. */
export const zoneSchema = z.strictObject({
  standard: z.literal('iso_20816_3'),
  group: z.union([z.literal(1), z.literal(2)]),
  foundation: z.enum(['rigid', 'flexible']),
  boundary: z.enum(['A/B', 'B/C', 'C/D']),
})

export type ZoneBoundary = z.infer<typeof zoneSchema>

/** UCUM code of the limits. */
export const zoneUnit = 'mm/s'

/** Return the velocity at a boundary, mm/s. */
export function boundaryVelocity({ group, foundation, boundary }: ZoneBoundary): number {
  return boundaries[group][foundation][boundary]
}
