import type { LogFields, Logger, LogLevel } from '../logging/logger.ts'

export interface RecordedLine {
  level: LogLevel
  message: string
  fields: LogFields
}

/** A logger that keeps its lines, for tests. */
export function createRecordingLogger(): { log: Logger; lines: RecordedLine[]; messages(): string[] } {
  const lines: RecordedLine[] = []
  const loggerWith = (context: LogFields): Logger => {
    const record =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}): void => {
        lines.push({ level, message, fields: { ...context, ...fields } })
      }
    return {
      debug: record('debug'),
      info: record('info'),
      warn: record('warn'),
      error: record('error'),
      child: (fields) => loggerWith({ ...context, ...fields }),
    }
  }
  return { log: loggerWith({}), lines, messages: () => lines.map(({ message }) => message) }
}
