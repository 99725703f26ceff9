import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IntlMessageFormat } from 'intl-messageformat'
import { parse } from 'yaml'
import { z } from 'zod'
import { packageRoot } from '../../app/package-root.ts'
import type { Evidence } from '../../rules/finding.ts'

const text = z.string().min(1)
const catalogFile = z.strictObject({
  notices: z.record(text, z.strictObject({ title: text, body: text })),
  when: z.strictObject({ days: text, weeks: text, months: text, years: text }),
  interval: text,
  numbers: z.array(text),
  kinds: z.record(text, text),
  units: z.record(text, text),
})
type CatalogFile = z.infer<typeof catalogFile>

/** What a notice is about. */
export interface MessageContext {
  device: { kind: string; model: string | null }
  /** Event time of the finding: "in about three weeks" is counted from here. */
  at: number
  evidence: Evidence
}

export interface Messages {
  keys: readonly string[]
  /** @throws UnknownMessageError */
  render(key: string, context: MessageContext): { title: string; body: string }
}

/** A rule names a notice whose text does not exist. */
export class UnknownMessageError extends Error {
  override readonly name = 'UnknownMessageError'
}

/** Reads the message catalogue of a language. Everything in it is compiled at once, so a fault shows at the start. */
export function loadMessages(locale = 'en'): Messages {
  const path = join(packageRoot, 'workers', 'notices', 'messages', `${locale}.yaml`)
  return messagesOf(catalogFile.parse(parse(readFileSync(path, 'utf8'))), locale)
}

type Format = (values: Record<string, string | number>) => string

function messagesOf(catalog: CatalogFile, locale: string): Messages {
  const compile = (message: string): Format => {
    const format = new IntlMessageFormat(message, locale)
    return (values) => String(format.format(values))
  }
  const notices = new Map(
    Object.entries(catalog.notices).map(([key, { title, body }]) => [
      key,
      { title: compile(title), body: compile(body) },
    ]),
  )
  const words = wordsOf(catalog, locale, compile)
  return {
    keys: [...notices.keys()],
    render(key, context) {
      const notice = notices.get(key)
      if (notice === undefined) throw new UnknownMessageError(`No text for the notice "${key}" (${locale})`)
      const values = { device: words.device(context.device), ...words.evidence(context) }
      return { title: notice.title(values), body: notice.body(values) }
    },
  }
}

const dayMs = 86_400_000
const dayLengths = { days: 1, weeks: 7, months: 30.44, years: 365.25 }

/** How a language says devices, quantities and times. */
function wordsOf(catalog: CatalogFile, locale: string, compile: (message: string) => Format) {
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })
  const interval = compile(catalog.interval)
  const when = {
    days: compile(catalog.when.days),
    weeks: compile(catalog.when.weeks),
    months: compile(catalog.when.months),
    years: compile(catalog.when.years),
  }

  function distance(ms: number): string {
    const days = ms / dayMs
    const unit = days < 14 ? 'days' : days < 60 ? 'weeks' : days < 700 ? 'months' : 'years'
    const n = Math.max(1, Math.round(days / dayLengths[unit]))
    return when[unit]({ n, count: catalog.numbers[n - 1] ?? number.format(n) })
  }

  function evidence({ at, evidence }: MessageContext): Record<string, string> {
    const { value, limit, unit = '', crossing, lastSeen } = evidence
    if (lastSeen !== undefined) return { case: 'silent', since: date.format(lastSeen) }
    if (value === undefined || limit === undefined) return { case: 'other' }
    const amount = (of: number) => `${number.format(of)}${catalog.units[unit] ?? ` ${unit}`.trimEnd()}`
    const reached = { case: 'reached', value: amount(value), limit: amount(limit) }
    if (crossing === undefined || crossing.p50 <= at) return reached
    const from = date.format(Math.max(crossing.p10, at))
    const to = date.format(crossing.p90)
    return {
      ...reached,
      case: 'foreseen',
      when: distance(crossing.p50 - at),
      interval: interval({ same: from === to ? 'yes' : 'no', from, to }),
    }
  }

  return {
    evidence,
    device: ({ kind, model }: MessageContext['device']) =>
      [catalog.kinds[kind] ?? kind.replaceAll('_', ' '), ...(model === null ? [] : [model])].join(' '),
  }
}
