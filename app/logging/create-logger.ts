import { type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino'
import type { LogFields, Logger, LogLevel } from '../../lib/logging/logger.ts'
import { errorFields, serializeError } from '../../lib/logging/serialize-error.ts'
import { formatLogLine } from './format-log-line.ts'

export interface LoggerOptions {
  level: LogLevel
  /** `json`: one object a line; `text`: for people to read. */
  format: 'json' | 'text'
  /** Takes one entry at a time, which ends with a line feed. */
  write(text: string): void
  /** Colour the level in `text`. Default: false. */
  colors?: boolean
}

/** Create the logger of the program. Each line has `level`, `time` (ISO 8601) and `msg`, and the fields of the call. */
export function createLogger({ level, format, write, colors = false }: LoggerOptions): Logger {
  const stream = {
    write: format === 'json' ? write : (line: string) => write(formatLogLine(JSON.parse(line), colors)),
  }
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // Errors are serialized below, because pino's own serializer gives neither codes nor what an error concerns.
    serializers: { err: (error: unknown) => error },
  }
  return toLogger(pino(options, stream))
}

function toLogger(inner: PinoLogger): Logger {
  return {
    debug: (message, fields) => inner.debug(toBindings(fields), message),
    info: (message, fields) => inner.info(toBindings(fields), message),
    warn: (message, fields) => inner.warn(toBindings(fields), message),
    error: (message, fields) => inner.error(toBindings(fields), message),
    child: (fields) => toLogger(inner.child(toBindings(fields))),
  }
}

function toBindings({ err, ...fields }: LogFields = {}): object {
  return err === undefined ? fields : { ...errorFields(err), ...fields, err: serializeError(err) }
}
