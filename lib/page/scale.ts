import { dayMs } from '../time.ts'

type Interval = readonly [from: number, to: number]

/** Map from values to SVG pixels, rounded to a tenth. */
export interface Scale {
  (value: number): number
  /** Values at the two ends. */
  readonly domain: Interval
  /** Pixels at the two ends; the y axis of SVG points down. */
  readonly range: Interval
}

/** The two scales of a plot; their ranges are the rectangle that it fills. */
export interface Plot {
  x: Scale
  y: Scale
}

/** Return a linear scale; values outside of the domain extend beyond the range. */
export function linearScale(domain: Interval, range: Interval): Scale {
  const [from, to] = domain
  const [start, end] = range
  return createScale((value) => start + ((value - from) / (to - from || 1)) * (end - start), {
    domain,
    range,
  })
}

/** Return a logarithmic scale; domain and values > 0. */
export function logScale(domain: Interval, range: Interval): Scale {
  const linear = linearScale([Math.log(domain[0]), Math.log(domain[1])], range)
  return createScale((value) => linear(Math.log(value)), { domain, range })
}

/** Return the scale with values outside of the domain at the nearer end. */
export function clamped(scale: Scale): Scale {
  const [low, high] = scale.domain
  return createScale((value) => scale(Math.min(Math.max(value, low), high)), scale)
}

const createScale = (map: (value: number) => number, { domain, range }: Pick<Scale, 'domain' | 'range'>) =>
  Object.assign((value: number) => roundPx(map(value)), { domain, range })

/** Round to a tenth of a pixel. */
export const roundPx = (value: number): number => Math.round(value * 10) / 10

/** Return about `count` round numbers within an interval: multiples of 1, 2 or 5 times a power of ten. */
export function ticks([from, to]: Interval, count: number): number[] {
  const rough = (to - from || 1) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10)
  return multiples([from, to], step).map((value) => Number(value.toPrecision(12)))
}

/** Return at most `count` beginnings of days, months or years (UTC) within an interval, ms. */
export function timeTicks([from, to]: Interval, count: number): number[] {
  const days = (to - from) / dayMs
  if (days <= 2 * count) return multiples([from, to], Math.max(1, Math.ceil(days / count)) * dayMs)
  const months = Math.max(1, Math.ceil(days / 30.5 / count))
  const step = [1, 2, 3, 6, 12, 24, 60].find((size) => size >= months) ?? 120
  const first = new Date(from)
  const start = first.getUTCFullYear() * 12 + first.getUTCMonth()
  return Array.from({ length: count * step + step }, (_, n) => start + n)
    .filter((month) => month % step === 0)
    .map((month) => Date.UTC(Math.floor(month / 12), month % 12))
    .filter((ts) => ts >= from && ts <= to)
}

function multiples([from, to]: Interval, step: number): number[] {
  const [first, last] = [Math.ceil(from / step), Math.floor(to / step)]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => (first + n) * step)
}
