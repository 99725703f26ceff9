import { z } from 'zod'

/** Query parameter: ISO 8601 with a zone, or milliseconds since 1970 UTC. */
export const timeParameter = z.union([z.iso.datetime({ offset: true }), z.string().regex(/^\d{1,15}$/)], {
  error: 'expected a time such as 2026-01-31T12:00:00Z or 1769860800000',
})

/** @returns milliseconds since 1970 UTC */
export const toMs = (text: string): number => (/^\d+$/.test(text) ? Number(text) : Date.parse(text))
