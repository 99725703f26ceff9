import { isUnavailable } from '../../lib/is-unavailable.ts'

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

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
