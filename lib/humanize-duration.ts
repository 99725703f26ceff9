import { hourMs, minuteMs } from './time.ts'

/** Format a duration for people in its largest unit: `40 s`, `12 min`, `3 h`, `5 days`. */
export function humanizeDuration(ms: number): string {
  if (ms < 1.5 * minuteMs) return `${Math.round(ms / 1_000)} s`
  if (ms < 1.5 * hourMs) return `${Math.round(ms / minuteMs)} min`
  if (ms < 48 * hourMs) return `${Math.round(ms / hourMs)} h`
  return `${Math.round(ms / (24 * hourMs))} days`
}
