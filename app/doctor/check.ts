import { isAway } from '../../lib/is-away.ts'

/**
 * The answer to one question about the installation. What is not fine says how to mend it. `fail`: it is wrong and stays
 * so until somebody mends it; `away`: nobody answers, which may pass.
 */
export type Check =
  | { name: string; status: 'ok'; detail: string }
  | { name: string; status: 'warn' | 'fail' | 'away'; detail: string; mend: string }

export function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail }
}

export function warn(name: string, detail: string, mend: string): Check {
  return { name, status: 'warn', detail, mend }
}

export function fail(name: string, detail: string, mend: string): Check {
  return { name, status: 'fail', detail, mend }
}

/** What the error of somebody outside means: that nobody answers, or that the answer is no. */
export function unusable(error: unknown, name: string, said: { detail: string; mend: string }): Check {
  return { name, status: isAway(error) ? 'away' : 'fail', ...said }
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
