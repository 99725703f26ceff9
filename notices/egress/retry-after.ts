import { hourMs } from '../../lib/time.ts'

const maxDelayMs = 24 * hourMs
const minDelayMs = 1_000

/**
 * Return the delay of a `Retry-After` header (RFC 9110: seconds or a date), ms, limited to between a second and a day.
 * @param now ms since 1970 UTC
 * @param otherwise ms, for a header that is absent or malformed
 */
export function parseRetryAfterMs(
  header: string | string[] | null | undefined,
  { now, otherwise }: { now: number; otherwise: number },
): number {
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? ''
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now
  return Math.min(maxDelayMs, Math.max(minDelayMs, Number.isNaN(ms) ? otherwise : ms))
}
