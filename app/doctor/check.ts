/** The answer to one question about the installation. What is not fine says how to mend it. */
export type Check =
  | { name: string; status: 'ok'; detail: string }
  | { name: string; status: 'warn' | 'fail'; detail: string; mend: string }

export function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail }
}

export function warn(name: string, detail: string, mend: string): Check {
  return { name, status: 'warn', detail, mend }
}

export function fail(name: string, detail: string, mend: string): Check {
  return { name, status: 'fail', detail, mend }
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
