import { IntlMessageFormat } from 'intl-messageformat'
import type { Evidence } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'
import { dateTimeFormat } from '../../lib/zoned-time.ts'
import { median } from '../../rules/detectors/bucketed-series.ts'
import type { LocaleTexts } from './locale-texts.ts'

export type CompiledMessage = (values: Record<string, string | number>) => string

/** Compile an ICU MessageFormat. @throws SyntaxError when it is not one */
export function compileMessage(message: string, locale: string): CompiledMessage {
  const format = new IntlMessageFormat(message, locale)
  return (values) => String(format.format(values))
}

/** Time of a finding, and the time zone of its dates. */
export interface DateContext {
  /** ms since 1970 UTC. */
  at: number
  /** IANA name. */
  timeZone: string
}

const unitDays = { days: 1, weeks: 7, months: 30.44, years: 365.25 }
type TimeUnit = keyof typeof unitDays

/** Units of interval scales, whose zero is arbitrary, so that a relative change has no meaning. */
const intervalScaleUnits = new Set(['%', 'Cel', 'dB'])
/** Smaller relative changes are noise. */
const minRelativeChange = 0.02
/** Number of points at each end whose median is compared, so that one outlier has no effect. */
const endpointSampleSize = 5

/** Formats devices, quantities and times in one language. */
export class LocaleFormatter {
  readonly #catalog: LocaleTexts
  readonly #locale: string
  readonly #number: Intl.NumberFormat
  readonly #percent: Intl.NumberFormat
  readonly #interval: CompiledMessage
  readonly #summary: CompiledMessage
  readonly #left: CompiledMessage
  readonly #when: Record<TimeUnit, CompiledMessage>
  readonly #span: Record<TimeUnit, CompiledMessage>

  constructor(catalog: LocaleTexts, locale: string) {
    this.#catalog = catalog
    this.#locale = locale
    this.#number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
    this.#percent = new Intl.NumberFormat(locale, { maximumFractionDigits: 0, signDisplay: 'exceptZero' })
    this.#interval = compileMessage(catalog.interval, locale)
    this.#summary = compileMessage(catalog.evidence, locale)
    this.#left = compileMessage(catalog.left, locale)
    this.#when = compileTimeUnits(catalog.when, locale)
    this.#span = compileTimeUnits(catalog.span, locale)
  }

  deviceName({ kind, model }: { kind: string; model: string | null }): string {
    const name = this.#catalog.kinds[kind] ?? kind.replaceAll('_', ' ')
    return model === null ? name : `${name} ${model}`
  }

  partName(part: string): string {
    return this.#catalog.parts[part] ?? part.replaceAll('_', ' ')
  }

  /** Format a date in a time zone: `March 3, 2026`. */
  formatDate(at: number, timeZone: string): string {
    return dateTimeFormat(this.#locale, { dateStyle: 'long', timeZone }).format(at)
  }

  /** Format a period in a time zone: `Tuesday, March 3 at 09:00 – 11:00`. */
  formatTimeWindow({ from, until }: { from: number; until: number }, timeZone: string): string {
    const isOneDay = this.formatDate(from, timeZone) === this.formatDate(until, timeZone)
    const end = isOneDay
      ? dateTimeFormat(this.#locale, { ...timeOfDayFormat, timeZone }).format(until)
      : this.formatDateTime(until, timeZone)
    return `${this.formatDateTime(from, timeZone)} – ${end}`
  }

  /** Format an instant in a time zone: `Tuesday, March 3 at 09:00`. */
  formatDateTime(at: number, timeZone: string): string {
    return dateTimeFormat(this.#locale, { ...weekdayTimeFormat, timeZone }).format(at)
  }

  /** Return the values that a text can use; the head of `en.yaml` documents them. */
  evidence(
    { value, limit, unit = '', crossing, lastSeen }: Evidence,
    { at, timeZone }: DateContext,
  ): Record<string, string> {
    if (lastSeen !== undefined) return { case: 'silent', since: this.formatDate(lastSeen, timeZone) }
    if (value === undefined || limit === undefined) return { case: 'other' }
    const reached = { case: 'reached', value: this.#amount(value, unit), limit: this.#amount(limit, unit) }
    if (crossing === undefined || crossing.p50 <= at) return reached
    const from = this.formatDate(Math.max(crossing.p10, at), timeZone)
    const to = this.formatDate(crossing.p90, timeZone)
    return {
      ...reached,
      case: 'forecast',
      when: this.#distance(crossing.p50 - at, this.#when),
      interval: this.#interval({ same: from === to ? 'yes' : 'no', from, to }),
    }
  }

  /**
   * Return the evidence in short: `Air resistance of the filter +38 % in three weeks; about 12 days left.`
   * @returns undefined where the metric has no name for owners, or has not changed
   */
  summarizeEvidence(
    { metric = '', unit = '', points, crossing }: Evidence,
    { at }: DateContext,
  ): string | undefined {
    const name = this.#catalog.metrics[metric]
    const change = measureChange(points)
    if (name === undefined || change === undefined) return undefined
    const isRatio = !intervalScaleUnits.has(unit) && change.from > 0
    const left =
      crossing !== undefined && crossing.p50 > at ? this.#distance(crossing.p50 - at, this.#span) : ''
    return this.#summary({
      metric: name,
      change: isRatio
        ? `${this.#percent.format(100 * (change.to / change.from - 1))} %`
        : `${this.#amount(change.from, unit)} → ${this.#amount(change.to, unit)}`,
      span: this.#distance(change.durationMs, this.#span),
      left: left === '' ? 'none' : this.#left({ span: left }),
    })
  }

  #amount(value: number, unit: string): string {
    return `${this.#number.format(value)}${this.#catalog.units[unit] ?? ` ${unit}`}`.trimEnd()
  }

  #distance(ms: number, formats: Record<TimeUnit, CompiledMessage>): string {
    const days = ms / dayMs
    const unit = days < 14 ? 'days' : days < 60 ? 'weeks' : days < 700 ? 'months' : 'years'
    const n = Math.max(1, Math.round(days / unitDays[unit]))
    return formats[unit]({ n, count: this.#catalog.numbers[n - 1] ?? this.#number.format(n) })
  }
}

const timeOfDayFormat = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
const weekdayTimeFormat = { weekday: 'long', day: 'numeric', month: 'long', ...timeOfDayFormat } as const

function compileTimeUnits(
  texts: Record<TimeUnit, string>,
  locale: string,
): Record<TimeUnit, CompiledMessage> {
  const { days, weeks, months, years } = texts
  return {
    days: compileMessage(days, locale),
    weeks: compileMessage(weeks, locale),
    months: compileMessage(months, locale),
    years: compileMessage(years, locale),
  }
}

interface Change {
  from: number
  to: number
  /** Time between the two. */
  durationMs: number
}

/** Return the change from the first points to the last; undefined where time or value differ too little. */
function measureChange(points: Evidence['points']): Change | undefined {
  const count = Math.min(endpointSampleSize, Math.floor(points.length / 2))
  if (count === 0) return undefined
  const medianOf = (some: Evidence['points'], column: 0 | 1) => median(some.map((point) => point[column]))
  const [first, last] = [points.slice(0, count), points.slice(-count)]
  const from = medianOf(first, 1)
  const to = medianOf(last, 1)
  const durationMs = medianOf(last, 0) - medianOf(first, 0)
  if (durationMs < dayMs || Math.abs(to - from) < minRelativeChange * Math.abs(from)) return undefined
  return { from, to, durationMs }
}
