import { dayMs, hourMs } from '../../lib/time.ts'
import { parsedString } from './parsed-string.ts'

const unitMs: Readonly<Record<string, number>> = { d: dayMs, h: hourMs, m: 60_000, s: 1_000 }

/** `30d`, `24h`, `10m` or `5s` in milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([dhms])$/.exec(text) ?? []
  const size = unitMs[unit]
  return size === undefined ? undefined : Math.round(Number(amount) * size)
}

/** In the largest unit that fits, with at most one decimal: `30d`, `36.5h`, `0s`. */
export function formatDuration(ms: number): string {
  const [unit, size] = Object.entries(unitMs).find(([, size]) => Math.abs(ms) >= size) ?? ['s', 1_000]
  return `${Number((ms / size).toFixed(1))}${unit}`
}

export const durationSchema = parsedString(parseDuration, 'it must be a duration such as 30d, 24h or 10m')
