import { ExpectedError } from '../lib/expected-error.ts'

/** Return the message of an error that people understand without a stack trace; undefined for every other error. */
export function expectedErrorMessage(error: unknown): string | undefined {
  if (error instanceof ExpectedError) return error.message
  return error instanceof Error ? systemErrorMessage(error) : undefined
}

/** Tell whether it is an error of the operating system: `ENOENT: no such file or directory, open 'x'`. */
function systemErrorMessage(error: NodeJS.ErrnoException): string | undefined {
  if (error.syscall === 'listen') return error.message
  if (error.path === undefined) return undefined
  const [, reason = error.message] = /^[A-Z]+: (.+), \w+ '/.exec(error.message) ?? []
  return `${error.path}: ${reason}`
}
