import { toSingleLine } from '../terminal/single-line.ts'

/** An entry as pino writes it. */
interface LogEntry {
  level: string
  /** ISO 8601, UTC. */
  time: string
  msg: string
  component?: string
  err?: { stack?: string }
  [name: string]: unknown
}

const colorOf: Readonly<Record<string, string>> = { warn: '\x1b[33m', error: '\x1b[31m', debug: '\x1b[2m' }
const resetColor = '\x1b[0m'

/**
 * Format an entry for people: `12:34:56 WARN  mqtt: connect ECONNREFUSED  device=phone-1`, time in UTC, and below it the
 * stack of an unexpected error. Control characters are removed: clients may have sent parts of the text.
 */
export function formatLogLine(entry: LogEntry, colors: boolean): string {
  const { level, time, msg, component, err, ...fields } = entry
  const label = level.toUpperCase().padEnd(5)
  const color = colors ? colorOf[level] : undefined
  const head = `${time.slice(11, 19)} ${color === undefined ? label : color + label + resetColor}`
  const subject = component === undefined ? '' : `${toSingleLine(component)}: `
  const message = msg.split('\n').map(toSingleLine).join('\n    ')
  const pairs = Object.entries(fields).map(([name, value]) => `  ${name}=${formatValue(value)}`)
  const stack = (err?.stack ?? '').split('\n').map((line) => `    ${toSingleLine(line)}\n`)
  return `${head} ${subject}${message}${pairs.join('')}\n${err?.stack === undefined ? '' : stack.join('')}`
}

function formatValue(value: unknown): string {
  return toSingleLine(typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value))
}
