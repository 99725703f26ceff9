import { SeriesRejectedError, SeriesUnavailableError } from '../series.ts'

/** Statuses of temporary failures of InfluxDB. */
function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

/**
 * Return the error for a response that is no success.
 * @param where the server's URL, without secrets
 */
export function errorFromResponse(where: string, status: number, text: string): Error {
  const said = extractErrorMessage(text)
  if (isTransientStatus(status))
    return new SeriesUnavailableError(`InfluxDB at ${where} cannot now: ${status} ${said}`)
  if (status === 401 || status === 403) {
    const hint = 'INFLUX_TOKEN is missing, wrong, or has not the rights (InfluxDB 1: user:password)'
    return new SeriesRejectedError(`InfluxDB at ${where} does not let us: ${status} ${said}; ${hint}`)
  }
  return new SeriesRejectedError(`InfluxDB at ${where} refuses: ${status} ${said}`)
}

/** Return the error for a request without a response. */
export function errorFromNetworkFailure(
  where: string,
  cause: unknown,
  { timedOutMs }: { timedOutMs?: number },
): Error {
  const how = timedOutMs === undefined ? rootCauseMessage(cause) : `no answer within ${timedOutMs / 1_000} s`
  return new SeriesUnavailableError(`InfluxDB at ${where} cannot be reached: ${how}`, { cause })
}

/** Return the message of the cause: `fetch` itself reports only "fetch failed". */
function rootCauseMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause !== undefined) return rootCauseMessage(error.cause)
  const code = 'code' in error ? String(error.code) : ''
  return error.message || code || error.name
}

/** Return the reason that InfluxDB gives in JSON: `error` in 1 and 3, `message` in 2. */
function extractErrorMessage(text: string): string {
  try {
    const { error, message } = JSON.parse(text) as { error?: unknown; message?: unknown }
    return String(error ?? message ?? text)
  } catch {
    // Not JSON: a proxy's page, or plain text.
    return text.slice(0, 300)
  }
}
