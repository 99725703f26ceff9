import { dayMs, hourMs, minuteMs, secondMs } from './time.ts'

/** Units of a duration in settings and rule files, largest first, in milliseconds. */
const unitMs: Readonly<Record<string, number>> = { d: dayMs, h: hourMs, m: minuteMs, s: secondMs, ms: 1 }

export const durationUnits: readonly string[] = Object.keys(unitMs)

/**
 * Parse a duration as settings and rule files write it: `30d`, `1.5h`, `10m`, `5 s`, `250ms`.
 * @returns milliseconds, rounded; undefined for anything else
 */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]+)$/.exec(text) ?? []
  const size = unitMs[unit]
  return size === undefined ? undefined : Math.round(Number(amount) * size)
}

/** Format a duration in the largest unit that fits, rounded to one decimal: `30d`, `36.5h`, `0s`. */
export function formatDuration(ms: number): string {
  const [unit, size] = Object.entries(unitMs).find(([, size]) => Math.abs(ms) >= size) ?? ['s', secondMs]
  return `${Number((ms / size).toFixed(1))}${unit}`
}

/** Format whole milliseconds without loss, in the largest unit that gives a whole number: `36h`, `90s`. */
export function formatExactDuration(ms: number): string {
  const [unit, size] = Object.entries(unitMs).find(([, size]) => ms % size === 0) ?? ['ms', 1]
  return `${ms / size}${unit}`
}
