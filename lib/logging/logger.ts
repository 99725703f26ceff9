/** Structured data of a log line. Names that several components use are listed; a line may have others. */
export interface LogFields {
  /** Which part of the program: `rules`, `series/0`, `mqtt`. */
  component?: string
  device?: string
  ticket?: string
  rule?: string
  detector?: string
  /** Whatever was thrown. */
  err?: unknown
  [name: string]: unknown
}

/** Writes one line for each call. The level says who has to act: `error` and `warn` an operator, `info` no one. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** Return a logger that adds these fields to each line. */
  child(fields: LogFields): Logger
}

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** Writes nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
}
