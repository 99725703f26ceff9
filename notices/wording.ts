import { IntlMessageFormat } from 'intl-messageformat'
import type { Evidence } from '../contract/finding.ts'
import { dayMs } from '../lib/time.ts'
import { median } from '../rules/detectors/history.ts'
import type { Catalog } from './catalog.ts'

export type Format = (values: Record<string, string | number>) => string

/** @throws SyntaxError when it is not ICU MessageFormat */
export function compile(message: string, locale: string): Format {
  const format = new IntlMessageFormat(message, locale)
  return (values) => String(format.format(values))
}

/** When a finding was, and by whose clock its dates are said. */
export interface Told {
  /** ms since 1970 UTC. */
  at: number
  /** IANA name. */
  timeZone: string
}

const unitDays = { days: 1, weeks: 7, months: 30.44, years: 365.25 }
type TimeUnit = keyof typeof unitDays

/** On these scales zero is not nothing, so a change in percent says nothing. */
const scalesWithoutZero = new Set(['%', 'Cel', 'dB'])
/** So much is noise. */
const leastChange = 0.02
/** At each end the median of so many points counts, so that one of them decides nothing. */
const pointsAtEnds = 5

/** How a language says devices, quantities and times. */
export class Wording {
  readonly #catalog: Catalog
  readonly #locale: string
  readonly #number: Intl.NumberFormat
  readonly #percent: Intl.NumberFormat
  readonly #formats = new Map<string, Intl.DateTimeFormat>()
  readonly #interval: Format
  readonly #summary: Format
  readonly #left: Format
  readonly #when: Record<TimeUnit, Format>
  readonly #span: Record<TimeUnit, Format>

  constructor(catalog: Catalog, locale: string) {
    this.#catalog = catalog
    this.#locale = locale
    this.#number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
    this.#percent = new Intl.NumberFormat(locale, { maximumFractionDigits: 0, signDisplay: 'exceptZero' })
    this.#interval = compile(catalog.interval, locale)
    this.#summary = compile(catalog.evidence, locale)
    this.#left = compile(catalog.left, locale)
    this.#when = timesOf(catalog.when, locale)
    this.#span = timesOf(catalog.span, locale)
  }

  device({ kind, model }: { kind: string; model: string | null }): string {
    const name = this.#catalog.kinds[kind] ?? kind.replaceAll('_', ' ')
    return model === null ? name : `${name} ${model}`
  }

  part(part: string): string {
    return this.#catalog.parts[part] ?? part.replaceAll('_', ' ')
  }

  /** `March 3, 2026`, by the clock of a time zone. */
  date(at: number, timeZone: string): string {
    return this.#format({ dateStyle: 'long', timeZone }).format(at)
  }

  /** `Tuesday, March 3 at 09:00 – 11:00`, by the clock of a time zone. */
  window({ from, until }: { from: number; until: number }, timeZone: string): string {
    const isOneDay = this.date(from, timeZone) === this.date(until, timeZone)
    const end = isOneDay ? this.#format({ ...time, timeZone }).format(until) : this.moment(until, timeZone)
    return `${this.moment(from, timeZone)} – ${end}`
  }

  /** `Tuesday, March 3 at 09:00`, by the clock of a time zone. */
  moment(at: number, timeZone: string): string {
    return this.#format({ ...dayAndTime, timeZone }).format(at)
  }

  /** What a text can use of the evidence, as the head of the catalogue tells. */
  evidence(
    { value, limit, unit = '', crossing, lastSeen }: Evidence,
    { at, timeZone }: Told,
  ): Record<string, string> {
    if (lastSeen !== undefined) return { case: 'silent', since: this.date(lastSeen, timeZone) }
    if (value === undefined || limit === undefined) return { case: 'other' }
    const reached = { case: 'reached', value: this.#amount(value, unit), limit: this.#amount(limit, unit) }
    if (crossing === undefined || crossing.p50 <= at) return reached
    const from = this.date(Math.max(crossing.p10, at), timeZone)
    const to = this.date(crossing.p90, timeZone)
    return {
      ...reached,
      case: 'foreseen',
      when: this.#distance(crossing.p50 - at, this.#when),
      interval: this.#interval({ same: from === to ? 'yes' : 'no', from, to }),
    }
  }

  /**
   * The evidence in short: `Air resistance of the filter +38 % in three weeks; about 12 days left.`
   * @returns undefined where the metric has no name for owners, or has not changed
   */
  summary({ metric = '', unit = '', points, crossing }: Evidence, { at }: Told): string | undefined {
    const name = this.#catalog.metrics[metric]
    const change = changeOf(points)
    if (name === undefined || change === undefined) return undefined
    const isRatio = !scalesWithoutZero.has(unit) && change.from > 0
    const left =
      crossing !== undefined && crossing.p50 > at ? this.#distance(crossing.p50 - at, this.#span) : ''
    return this.#summary({
      metric: name,
      change: isRatio
        ? `${this.#percent.format(100 * (change.to / change.from - 1))} %`
        : `${this.#amount(change.from, unit)} → ${this.#amount(change.to, unit)}`,
      span: this.#distance(change.ms, this.#span),
      left: left === '' ? 'none' : this.#left({ span: left }),
    })
  }

  #amount(value: number, unit: string): string {
    return `${this.#number.format(value)}${this.#catalog.units[unit] ?? ` ${unit}`}`.trimEnd()
  }

  #distance(ms: number, formats: Record<TimeUnit, Format>): string {
    const days = ms / dayMs
    const unit = days < 14 ? 'days' : days < 60 ? 'weeks' : days < 700 ? 'months' : 'years'
    const n = Math.max(1, Math.round(days / unitDays[unit]))
    return formats[unit]({ n, count: this.#catalog.numbers[n - 1] ?? this.#number.format(n) })
  }

  #format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const key = JSON.stringify(options)
    const known = this.#formats.get(key) ?? new Intl.DateTimeFormat(this.#locale, options)
    this.#formats.set(key, known)
    return known
  }
}

const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
const dayAndTime = { weekday: 'long', day: 'numeric', month: 'long', ...time } as const

function timesOf(texts: Record<TimeUnit, string>, locale: string): Record<TimeUnit, Format> {
  const { days, weeks, months, years } = texts
  return {
    days: compile(days, locale),
    weeks: compile(weeks, locale),
    months: compile(months, locale),
    years: compile(years, locale),
  }
}

interface Change {
  from: number
  to: number
  /** Between the two. */
  ms: number
}

/** From the first points to the last; undefined where they are too near in time or in value to tell. */
function changeOf(points: Evidence['points']): Change | undefined {
  const count = Math.min(pointsAtEnds, Math.floor(points.length / 2))
  if (count === 0) return undefined
  const middle = (some: Evidence['points'], of: 0 | 1) => median(some.map((point) => point[of]))
  const [first, last] = [points.slice(0, count), points.slice(-count)]
  const from = middle(first, 1)
  const to = middle(last, 1)
  const ms = middle(last, 0) - middle(first, 0)
  if (ms < dayMs || Math.abs(to - from) < leastChange * Math.abs(from)) return undefined
  return { from, to, ms }
}
