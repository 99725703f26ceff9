import { hourMs } from '../../lib/time.ts'

const maxDelayMs = 24 * hourMs
const minDelayMs = 1_000

/**
 * How long somebody asks us to wait, by the header `Retry-After` (RFC 9110: seconds, or a date), ms; between a second and a
 * day.
 * @param otherwise ms, where nothing is said or nothing that can be understood
 */
export function parseRetryAfterMs(
  header: string | string[] | null | undefined,
  { now, otherwise }: { now: number; otherwise: number },
): number {
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? ''
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now
  return Math.min(maxDelayMs, Math.max(minDelayMs, Number.isNaN(ms) ? otherwise : ms))
}
