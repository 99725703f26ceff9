const minute = 60_000
const hour = 60 * minute

/** A duration as people say it, in its largest unit: `40 s`, `12 min`, `3 h`, `5 days`. */
export function durationInWords(ms: number): string {
  if (ms < 1.5 * minute) return `${Math.round(ms / 1_000)} s`
  if (ms < 1.5 * hour) return `${Math.round(ms / minute)} min`
  if (ms < 48 * hour) return `${Math.round(ms / hour)} h`
  return `${Math.round(ms / (24 * hour))} days`
}
