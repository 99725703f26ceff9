import { DateTime, IANAZone } from 'luxon'

/** How a recording writes numbers. */
export interface NumberStyle {
  /** Decimal separator. */
  decimal: 'point' | 'comma'
  /** Whether `1e2` and `1.5E-3` are numbers. */
  exponent: boolean
}

/** How a recording writes times without a zone of their own. */
export interface TimeStyle {
  /** Format of Luxon, such as `dd/MM/yyyy HH:mm`; undefined for ISO 8601. */
  pattern: string | undefined
  /** IANA zone. */
  zone: string
}

/** A parsed cell, or the reason why it is not valid. */
export type ParsedCell = { is: 'number'; value: number } | { is: 'invalid'; reason: string }

/**
 * Parse a decimal number: an optional sign, digits, and digits after the decimal separator. Nothing else is a number: no
 * thousands separators, units, blanks or `0x50`.
 */
export function parseNumber(cell: string, { decimal, exponent }: NumberStyle): ParsedCell {
  const text = decimal === 'comma' ? withDecimalPoint(cell) : cell
  const match = decimalNumber.exec(text)
  if (match === null || (match.groups?.power !== undefined && !exponent)) {
    return { is: 'invalid', reason: `"${cell}" is not a number${numberHint(cell, { decimal, exponent })}` }
  }
  const value = Number(text)
  return Number.isFinite(value)
    ? { is: 'number', value }
    : { is: 'invalid', reason: `"${cell}" is too large for a number` }
}

const decimalNumber = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?<power>[eE][+-]?\d+)?$/

/** Replace the decimal comma; return an empty text where there is a point, which is not a decimal separator then. */
function withDecimalPoint(cell: string): string {
  return cell.includes('.') ? '' : cell.replace(',', '.')
}

function numberHint(cell: string, { decimal, exponent }: NumberStyle): string {
  if (decimal === 'point' && /^[+-]?\d+,\d+$/.test(cell)) {
    return '; if its comma is a decimal comma, set decimal: comma in the map'
  }
  if (decimal === 'comma' && /^[+-]?\d+\.\d+$/.test(cell)) {
    return '; the map says decimal: comma, and this has a point'
  }
  return !exponent && /^[+-]?[\d.,]+[eE][+-]?\d+$/.test(cell)
    ? '; set exponent: true in the map if it is'
    : ''
}

const isoTime = /^\d{4}-\d\d-\d\d([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?$/

/** Parse a time to ms since 1970 UTC. The time zone of this machine has no influence. */
export function parseRecordedTime(cell: string, { pattern, zone }: TimeStyle): ParsedCell {
  if (cell === '') return { is: 'invalid', reason: 'the time is empty' }
  if (pattern === undefined && !isoTime.test(cell)) {
    const hint = 'name its format in the map: time: { format: dd/MM/yyyy }'
    return { is: 'invalid', reason: `"${cell}" is not an ISO 8601 time; ${hint}` }
  }
  const time =
    pattern === undefined
      ? DateTime.fromISO(cell.replace(' ', 'T'), { zone })
      : DateTime.fromFormat(cell, pattern, { zone, locale: 'en-US' })
  if (time.isValid) return { is: 'number', value: time.toMillis() }
  const why = pattern === undefined ? 'is not a valid time' : `is not a time of the format ${pattern}`
  return { is: 'invalid', reason: `"${cell}" ${why}` }
}

/** Tokens of a date; a format needs all of them, or dates would be completed from today's. */
const dateTokens = [/y/, /[ML]/, /d/]

/** Return what is wrong with a time format of a map; undefined when it is fine. */
export function timeFormatProblem(format: string): string | undefined {
  const tokens = format.replaceAll(/'[^']*'/g, '')
  if (dateTokens.every((token) => token.test(tokens))) return undefined
  return 'it must be iso, epoch_s, epoch_ms, elapsed, or a format with year, month and day such as dd/MM/yyyy HH:mm'
}

/** Return whether a name is a time zone such as Europe/Berlin or UTC. */
export function isZone(name: string): boolean {
  return IANAZone.isValidZone(name)
}
