const systemErrorCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'EAI_AGAIN',
  // A container that is not started yet has no name yet.
  'ENOTFOUND',
])

/** Of PostgreSQL (appendix A of its manual): connection exceptions, too many connections, starting up, shutting down. */
const unavailableSqlStates = /^(08...|53300|57P0[123])$/

/** What libraries say without a code, and Redis while it loads its data. */
const unavailableMessage =
  /^(LOADING|MASTERDOWN)\b|timeout|timed out|Connection terminated|Connection is closed|connection closed|server unavailable/i

/**
 * Whether an error says that nobody answers, or not yet: time mends that. What answers and says no (a wrong password,
 * an unknown database) is not unavailable. An error of ours says so by `isUnavailable: true`.
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
