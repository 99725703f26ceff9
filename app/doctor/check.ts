import { isUnavailable } from '../../lib/is-unavailable.ts'

/**
 * The answer to one question about the installation. What is not fine says how to mend it. `fail`: it is wrong and stays
 * so until somebody mends it; `away`: nobody answers, which may pass.
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

/** What the error of somebody outside means: that nobody answers, or that the answer is no. */
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
