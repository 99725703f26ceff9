import { parsedString } from '../../files/parsed-string.ts'

/** Return `6mo` or `2y` in months; undefined for anything else. */
export function parseMonths(text: string): number | undefined {
  const [, amount = '', unit] = /^([1-9]\d{0,2})(mo|y)$/.exec(text) ?? []
  if (unit === undefined) return undefined
  return Number(amount) * (unit === 'y' ? 12 : 1)
}

export const months = parsedString(parseMonths, 'it must be a number of months or years such as 6mo or 2y')

/** Return the same day and time a number of months later, UTC; the last day of a shorter month. */
export function addMonths(ts: number, count: number): number {
  const date = new Date(ts)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + count)
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  return date.setUTCDate(Math.min(day, lastDay))
}

/** Return the number of whole months between two moments, the first not after the second. */
export function wholeMonths(from: number, to: number): number {
  const [first, last] = [new Date(from), new Date(to)]
  const months =
    12 * (last.getUTCFullYear() - first.getUTCFullYear()) + last.getUTCMonth() - first.getUTCMonth()
  return addMonths(from, months) <= to ? months : months - 1
}
