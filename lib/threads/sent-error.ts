import { errorMessage } from '../error-message.ts'
import { ExpectedError } from '../expected-error.ts'

/** An error as plain data, for another thread. */
export interface SentError {
  name: string
  message: string
  stack?: string
  isExpected: boolean
  /** Fields of its class, such as `code`, as far as they are plain data. */
  fields: Record<string, unknown>
  cause?: SentError
}

type ErrorClass = { readonly prototype: Error }

/** Causes that are sent; an error may be its own cause. */
const maxDepth = 8

/** Return an error as plain data. */
export function toSentError(error: unknown, depth = maxDepth): SentError {
  if (!(error instanceof Error))
    return { name: 'Error', message: errorMessage(error), isExpected: false, fields: {} }
  const { name, message, stack, cause } = error
  const fields = Object.fromEntries(
    Object.entries(error).filter(([key, value]) => key !== 'cause' && isPlain(value)),
  )
  return {
    name,
    message,
    fields,
    isExpected: error instanceof ExpectedError,
    ...(stack !== undefined && { stack }),
    ...(cause !== undefined && depth > 1 && { cause: toSentError(cause, depth - 1) }),
  }
}

/**
 * Return the error again.
 * @param classes those that the receiver distinguishes; an error of another class is an `ExpectedError` or an `Error`
 */
export function fromSentError(sent: SentError, classes: readonly ErrorClass[] = []): Error {
  const { name, message, stack, isExpected, fields, cause } = sent
  const error = new Error(message, cause && { cause: fromSentError(cause, classes) })
  const known = classes.find(({ prototype }) => prototype.constructor.name === name)
  Object.setPrototypeOf(error, (known ?? (isExpected ? ExpectedError : Error)).prototype)
  return Object.assign(error, { ...fields, name, ...(stack !== undefined && { stack }) })
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}
