import { IntlMessageFormat } from 'intl-messageformat'
import type { Evidence } from '../../rules/finding.ts'
import type { Catalog } from './catalog.ts'

export type Format = (values: Record<string, string | number>) => string

/** @throws SyntaxError when it is not ICU MessageFormat */
export function compile(message: string, locale: string): Format {
  const format = new IntlMessageFormat(message, locale)
  return (values) => String(format.format(values))
}

const dayMs = 86_400_000
const unitDays = { days: 1, weeks: 7, months: 30.44, years: 365.25 }

/** How a language says devices, quantities and times. */
export class Wording {
  readonly #catalog: Catalog
  readonly #number: Intl.NumberFormat
  readonly #date: Intl.DateTimeFormat
  readonly #interval: Format
  readonly #when: Record<keyof typeof unitDays, Format>

  constructor(catalog: Catalog, locale: string) {
    const { days, weeks, months, years } = catalog.when
    this.#catalog = catalog
    this.#number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
    this.#date = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })
    this.#interval = compile(catalog.interval, locale)
    this.#when = {
      days: compile(days, locale),
      weeks: compile(weeks, locale),
      months: compile(months, locale),
      years: compile(years, locale),
    }
  }

  device({ kind, model }: { kind: string; model: string | null }): string {
    const name = this.#catalog.kinds[kind] ?? kind.replaceAll('_', ' ')
    return model === null ? name : `${name} ${model}`
  }

  /** What a text can use of the evidence, as the head of the catalogue tells. */
  evidence({ value, limit, unit = '', crossing, lastSeen }: Evidence, at: number): Record<string, string> {
    if (lastSeen !== undefined) return { case: 'silent', since: this.#date.format(lastSeen) }
    if (value === undefined || limit === undefined) return { case: 'other' }
    const reached = { case: 'reached', value: this.#amount(value, unit), limit: this.#amount(limit, unit) }
    if (crossing === undefined || crossing.p50 <= at) return reached
    const from = this.#date.format(Math.max(crossing.p10, at))
    const to = this.#date.format(crossing.p90)
    return {
      ...reached,
      case: 'foreseen',
      when: this.#distance(crossing.p50 - at),
      interval: this.#interval({ same: from === to ? 'yes' : 'no', from, to }),
    }
  }

  #amount(value: number, unit: string): string {
    return `${this.#number.format(value)}${this.#catalog.units[unit] ?? ` ${unit}`}`.trimEnd()
  }

  #distance(ms: number): string {
    const days = ms / dayMs
    const unit = days < 14 ? 'days' : days < 60 ? 'weeks' : days < 700 ? 'months' : 'years'
    const n = Math.max(1, Math.round(days / unitDays[unit]))
    return this.#when[unit]({ n, count: this.#catalog.numbers[n - 1] ?? this.#number.format(n) })
  }
}
