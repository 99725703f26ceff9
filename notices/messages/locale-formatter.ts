import { IntlMessageFormat } from 'intl-messageformat'
import type { Evidence } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'
import { dateTimeFormat } from '../../lib/zoned-time.ts'
import { median } from '../../rules/detectors/bucketed-series.ts'
import type { LocaleTexts } from './locale-texts.ts'

export type CompiledMessage = (values: Record<string, string | number>) => string

/** @throws SyntaxError when it is not ICU MessageFormat */
export function compileMessage(message: string, locale: string): CompiledMessage {
  const format = new IntlMessageFormat(message, locale)
  return (values) => String(format.format(values))
}

/** When a finding was, and by whose clock its dates are said. */
export interface DateContext {
  /** ms since 1970 UTC. */
  at: number
  /** IANA name. */
  timeZone: string
}

const unitDays = { days: 1, weeks: 7, months: 30.44, years: 365.25 }
type TimeUnit = keyof typeof unitDays

/** On these scales zero is not nothing, so a change in percent says nothing. */
const intervalScaleUnits = new Set(['%', 'Cel', 'dB'])
/** So much is noise. */
const minRelativeChange = 0.02
/** At each end the median of so many points counts, so that one of them decides nothing. */
const endpointSampleSize = 5

/** How a language says devices, quantities and times. */
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

  /** `March 3, 2026`, by the clock of a time zone. */
  formatDate(at: number, timeZone: string): string {
    return dateTimeFormat(this.#locale, { dateStyle: 'long', timeZone }).format(at)
  }

  /** `Tuesday, March 3 at 09:00 – 11:00`, by the clock of a time zone. */
  formatTimeWindow({ from, until }: { from: number; until: number }, timeZone: string): string {
    const isOneDay = this.formatDate(from, timeZone) === this.formatDate(until, timeZone)
    const end = isOneDay
      ? dateTimeFormat(this.#locale, { ...timeOfDayFormat, timeZone }).format(until)
      : this.formatDateTime(until, timeZone)
    return `${this.formatDateTime(from, timeZone)} – ${end}`
  }

  /** `Tuesday, March 3 at 09:00`, by the clock of a time zone. */
  formatDateTime(at: number, timeZone: string): string {
    return dateTimeFormat(this.#locale, { ...weekdayTimeFormat, timeZone }).format(at)
  }

  /** What a text can use of the evidence, as the head of the catalogue tells. */
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
      case: 'foreseen',
      when: this.#distance(crossing.p50 - at, this.#when),
      interval: this.#interval({ same: from === to ? 'yes' : 'no', from, to }),
    }
  }

  /**
   * The evidence in short: `Air resistance of the filter +38 % in three weeks; about 12 days left.`
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
  /** Between the two. */
  durationMs: number
}

/** From the first points to the last; undefined where they are too near in time or in value to tell. */
function measureChange(points: Evidence['points']): Change | undefined {
  const count = Math.min(endpointSampleSize, Math.floor(points.length / 2))
  if (count === 0) return undefined
  const middle = (some: Evidence['points'], of: 0 | 1) => median(some.map((point) => point[of]))
  const [first, last] = [points.slice(0, count), points.slice(-count)]
  const from = middle(first, 1)
  const to = middle(last, 1)
  const ms = middle(last, 0) - middle(first, 0)
  if (ms < dayMs || Math.abs(to - from) < minRelativeChange * Math.abs(from)) return undefined
  return { from, to, durationMs: ms }
}
