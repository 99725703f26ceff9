import { dayMs } from '../../../lib/time.ts'

/** Maps a range of numbers to a range of pixels. */
export interface Scale {
  (value: number): number
  readonly from: number
  readonly to: number
}

export function linearScale(
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
): Scale {
  const span = to - from || 1
  return Object.assign((value: number) => start + ((value - from) / span) * (end - start), { from, to })
}

/** The same, with what is beyond the range at its end. */
export function clampedScale(whole: Scale): Scale {
  const { from, to } = whole
  return Object.assign((value: number) => whole(Math.min(Math.max(value, from), to)), { from, to })
}

/** Round numbers within a range, about so many: 1, 2 or 5 times a power of ten apart. */
export function ticks(from: number, to: number, about: number): number[] {
  const rough = (to - from || 1) / about
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10)
  const first = Math.ceil(from / step)
  const last = Math.floor(to / step)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) =>
    Number(((first + n) * step).toPrecision(12)),
  )
}

/** Beginnings of days, months or years (UTC) within a range, at most so many. */
export function timeTicks(from: number, to: number, most: number): number[] {
  const days = (to - from) / dayMs
  if (days <= 2 * most) return everyDays(from, to, Math.max(1, Math.ceil(days / most)))
  const months = Math.max(1, Math.ceil(days / 30.5 / most))
  const step = [1, 2, 3, 6, 12, 24, 60].find((size) => size >= months) ?? 120
  const first = new Date(from)
  const start = first.getUTCFullYear() * 12 + first.getUTCMonth()
  return Array.from({ length: most * step + step }, (_, n) => start + n)
    .filter((month) => month % step === 0)
    .map((month) => Date.UTC(Math.floor(month / 12), month % 12))
    .filter((ts) => ts >= from && ts <= to)
}

function everyDays(from: number, to: number, days: number): number[] {
  const step = days * dayMs
  const first = Math.ceil(from / step)
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, n) => (first + n) * step)
}
