import { errorMessage } from '../error-message.ts'
import { ExpectedError } from '../expected-error.ts'
import { isUnavailable } from '../is-unavailable.ts'
import type { LogFields } from './logger.ts'

/** An error that knows what it concerns; the fields become fields of the log line. */
export interface ErrorWithFields extends Error {
  readonly fields: LogFields
}

export interface SerializedError {
  /** Name of the class. */
  type: string
  message: string
  code?: string
  remedy?: string
  /** Of the error and of each of its causes, outermost first; only where one of them is unexpected. */
  stack?: string
  cause?: SerializedError
}

/** Causes that are followed; an error may be its own cause. */
const maxDepth = 8

/**
 * Whether people need the stack of this error: whether it, or one of its causes, is neither an `ExpectedError` nor a
 * service that does not answer nor a file or address that the operating system refuses.
 */
export function isUnexpected(error: unknown): boolean {
  return causeChain(error).some(
    (each) =>
      each instanceof Error &&
      !(each instanceof ExpectedError) &&
      !isUnavailable(each) &&
      !isSystemError(each),
  )
}

/** The error as plain data for a log line. */
export function serializeError(error: unknown): SerializedError {
  const chain = causeChain(error)
  const [outermost] = chain
  const described = chain.reduceRight<SerializedError | undefined>(
    (cause, each) => ({ ...describe(each), ...(cause && { cause }) }),
    undefined,
  )
  const base = described ?? describe(outermost)
  return isUnexpected(error) ? { ...base, stack: stackOf(chain) } : base
}

/** What an error and its causes concern; the outermost error wins. */
export function errorFields(error: unknown): LogFields {
  return Object.assign({}, ...causeChain(error).reverse().map(fieldsOf))
}

function fieldsOf(error: unknown): LogFields {
  return error instanceof Error && 'fields' in error ? (error as ErrorWithFields).fields : {}
}

function describe(error: unknown): SerializedError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  const remedy = error instanceof ExpectedError ? error.remedy : undefined
  return {
    type: error instanceof Error ? error.name : typeof error,
    message: errorMessage(error),
    ...(code !== undefined && { code }),
    ...(remedy !== undefined && { remedy }),
  }
}

function stackOf(chain: readonly unknown[]): string {
  return chain
    .map((each) => (each instanceof Error ? (each.stack ?? String(each)) : String(each)))
    .join('\ncaused by: ')
}

function causeChain(error: unknown): unknown[] {
  const chain = [error]
  for (let next = causeOf(error); next !== undefined && chain.length < maxDepth; next = causeOf(next))
    chain.push(next)
  return chain
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}

/** A file or an address that the operating system refuses. */
function isSystemError(error: Error): boolean {
  return 'syscall' in error
}
