export interface ExpectedErrorOptions extends ErrorOptions {
  /** What to do about it, as a sentence for an operator. */
  remedy?: string
}

/**
 * Base class of errors that the program expects. The message says what is wrong and where, so people see it without a
 * stack trace. Every other error is a bug or an unknown failure, and is logged with its stack.
 */
export class ExpectedError extends Error {
  /** Stable name for programs: `JournalLockedError` has `journal_locked`. */
  readonly code: string
  readonly remedy: string | undefined

  constructor(message: string, { remedy, ...options }: ExpectedErrorOptions = {}) {
    super(message, options)
    this.code = toErrorCode(new.target.name)
    this.remedy = remedy
  }
}

function toErrorCode(className: string): string {
  return className
    .replace(/Error$/, '')
    .replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, '_')
    .toLowerCase()
}
