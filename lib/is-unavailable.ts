const systemErrorCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'EAI_AGAIN',
  // A container that has not started yet has no DNS name.
  'ENOTFOUND',
])

/** Of PostgreSQL (appendix A of its manual): connection exceptions, too many connections, starting up, shutting down. */
const unavailableSqlStates = /^(08...|53300|57P0[123])$/

/** Messages of libraries that set no code, and of Redis while it loads its data. */
const unavailableMessage =
  /^(LOADING|MASTERDOWN)\b|timeout|timed out|Connection terminated|is not queryable|Connection is closed|connection closed|couldn't connect to server|server unavailable/i

/**
 * Tell whether an error means that a service is unreachable or still starting, so that waiting helps. A service that rejects the request (a wrong password,
 * an unknown database) is not unavailable. Errors of this program say so by `isUnavailable: true`.
 */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isUnavailable)
  if (!(error instanceof Error)) return false
  if ('isUnavailable' in error) return error.isUnavailable === true
  const code = 'code' in error ? String(error.code) : ''
  return (
    systemErrorCodes.has(code) ||
    unavailableSqlStates.test(code) ||
    unavailableMessage.test(error.message) ||
    isUnavailable(error.cause)
  )
}
