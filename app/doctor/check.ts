import { setTimeout as sleep } from 'node:timers/promises'
import { isUnavailable } from '../../lib/is-unavailable.ts'
import { race } from '../../lib/race.ts'

/**
 * Result of one check of the installation, with a remedy unless it is ok. `fail`: a fault that stays until somebody fixes
 * it; `away`: a service is unavailable, which may pass.
 */
export type DoctorCheck =
  | { name: string; status: 'ok'; detail: string }
  | { name: string; status: 'warn' | 'fail' | 'away'; detail: string; remedy: string }

export function ok(name: string, detail: string): DoctorCheck {
  return { name, status: 'ok', detail }
}

export function warn(name: string, detail: string, remedy: string): DoctorCheck {
  return { name, status: 'warn', detail, remedy }
}

export function fail(name: string, detail: string, remedy: string): DoctorCheck {
  return { name, status: 'fail', detail, remedy }
}

/** Return the check for a connection error: unavailable, or rejected by the service. */
export function connectionFailure(
  error: unknown,
  name: string,
  problem: { detail: string; remedy: string },
): DoctorCheck {
  return { name, status: isUnavailable(error) ? 'away' : 'fail', ...problem }
}

const defaultDeadlineMs = 15_000

/**
 * Return the result of a check of a service; `away` when there is none in time: a client library may wait for ever for a
 * connection that was closed at a bad moment.
 */
export async function endInTime(
  name: string,
  checks: Promise<DoctorCheck[]>,
  deadlineMs = defaultDeadlineMs,
): Promise<DoctorCheck[]> {
  const ended = new AbortController()
  try {
    const outcome = await race([checks, sleep(deadlineMs, undefined, { signal: ended.signal })])
    if (outcome !== undefined) return outcome
    const detail = `it has not answered for ${deadlineMs / 1_000} s`
    return [{ name, status: 'away', detail, remedy: 'check that it runs and that the network leads to it' }]
  } finally {
    ended.abort()
  }
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
