import { IntlMessageFormat } from 'intl-messageformat'
import { describe, expect, it } from 'vitest'
import type { Evidence } from '../../contract/finding.ts'
import { noticeActions } from '../notice.ts'
import { type LocaleTexts, readLocaleTexts } from './locale-texts.ts'
import {
  IncompleteMessagesError,
  loadMessageCatalog,
  requireSameKeys,
  supportedLocales,
  UnknownMessageError,
} from './message-catalog.ts'

const book = loadMessageCatalog()
const english = book.forLocale('en')
const at = Date.UTC(2026, 2, 1)
const timeZone = 'UTC'
const days = (n: number) => at + n * 86_400_000
const device = { kind: 'robot_vacuum', model: 'RV-20' }
const worn: Evidence = { detector: 'forecast', value: 83.42, limit: 80, unit: '%', points: [] }
const crossing = { p10: days(14), p50: days(21), p90: days(34) }

it('has the texts that rules name', () => {
  expect(book.keys).toEqual(
    expect.arrayContaining([
      'battery_replacement',
      'brush_motor_service',
      'filter_service',
      'drum_service',
      'device_silent',
    ]),
  )
})

describe('all languages', () => {
  const catalogs = supportedLocales.map((locale) => [locale, readLocaleTexts(locale)] as const)

  it('have the same keys, and a language that lacks some is rejected', () => {
    expect(() => requireSameKeys(catalogs)).not.toThrow()
    const { dust_bin: _, ...notices } = readLocaleTexts('zh-CN').notices
    const lacking: LocaleTexts = { ...readLocaleTexts('zh-CN'), notices }
    const check = () => requireSameKeys([['en', readLocaleTexts('en')] as const, ['zh-CN', lacking] as const])
    expect(check).toThrow(IncompleteMessagesError)
    expect(check).toThrow('messages/zh-CN.yaml lacks notices.dust_bin')
  })

  it('use the same values in each text', () => {
    const [[, first], ...others] = catalogs as [(typeof catalogs)[0], ...typeof catalogs]
    for (const section of ['notices', 'desk'] as const) {
      for (const [key, { title, body }] of Object.entries(first[section])) {
        for (const [locale, catalog] of others) {
          const other = catalog[section][key]
          const used = (texts: string) => [...valuesIn(texts)].toSorted()
          expect(used(other?.body ?? ''), `${locale} ${key}`).toEqual(used(body))
          expect(used(other?.title ?? ''), `${locale} ${key}`).toEqual(used(title))
        }
      }
    }
  })

  it('name every action', () => {
    for (const [, catalog] of catalogs) expect(Object.keys(catalog.actions)).toEqual([...noticeActions])
  })

  it.each([
    ['zh-CN', 'zh-CN'],
    ['zh', 'zh-CN'],
    ['zh-Hans-SG', 'zh-CN'],
    ['en-GB', 'en'],
    ['de', 'en'],
    ['', 'en'],
  ])('%s gets the texts in %s', (wanted, got) => {
    expect(book.forLocale(wanted).locale).toBe(got)
  })
})

/** The names of the values that a text uses, and of its cases. */
function valuesIn(text: string): Set<string> {
  const found = new Set<string>()
  const walk = (elements: readonly unknown[]) => {
    for (const element of elements as { type: number; value: string; options?: object }[]) {
      if (element.type === 0 || element.type === 7) continue
      // A language without plurals says the number itself.
      found.add(element.value)
      for (const [name, option] of Object.entries(element.options ?? {})) {
        if (element.type === 5) found.add(`${element.value}=${name}`)
        walk(option.value)
      }
    }
  }
  walk(new IntlMessageFormat(text, 'en').getAst())
  return found
}

describe.each(supportedLocales.flatMap((locale) => book.keys.map((key) => [locale, key] as const)))(
  '%s: %s',
  (locale, key) => {
    it.each<[string, Evidence]>([
      ['with a date', { ...worn, crossing }],
      ['without a date', worn],
      ['without numbers', { detector: 'threshold', points: [] }],
      ['of silence', { detector: 'silence', lastSeen: days(-3), points: [] }],
    ])('renders %s', (_name, evidence) => {
      const { title, body } = book.forLocale(locale).renderFinding(key, { device, at, timeZone, evidence })
      expect(title).toContain('RV-20')
      for (const text of [title, body]) {
        expect(text).not.toMatch(/[{}]|undefined|NaN|\s\s/)
        expect(text.length).toBeGreaterThan(locale === 'en' ? 20 : 8)
      }
    })
  },
)

describe('a battery', () => {
  const body = (evidence: Evidence, zone = timeZone) =>
    english.renderFinding('battery_replacement', { device, at, timeZone: zone, evidence }).body

  it('is described in plain words, with date and interval', () => {
    expect(body({ ...worn, crossing })).toBe(
      'It still holds 83.4 % of what it held when new, and will be below 80 % in about three weeks, probably between ' +
        'March 15, 2026 and April 4, 2026. Replaced before that, it will not let you down.',
    )
  })

  it('has dates in its owner’s time zone', () => {
    expect(body({ ...worn, crossing }, 'America/New_York')).toContain('March 14, 2026 and April 3, 2026')
  })

  it('has no date in the past', () => {
    const late = { ...worn, value: 79.96, crossing: { p10: days(-9), p50: days(0), p90: days(3) } }
    expect(body(late)).toContain('It holds only 80 %')
    expect(body({ ...worn, crossing: { ...crossing, p10: days(-5) } })).toContain('between March 1, 2026 and')
  })

  it.each([
    [0.2, 'in about one day'],
    [5, 'in about five days'],
    [20, 'in about three weeks'],
    [61, 'in about two months'],
    [400, 'in about 13 months'],
    [1_100, 'in about three years'],
  ])('%d days ahead is "%s"', (n, words) => {
    expect(body({ ...worn, crossing: { p10: days(n), p50: days(n), p90: days(n) } })).toContain(
      `${words}, around`,
    )
  })
})

describe('the evidence in short', () => {
  const points = (from: number, to: number, count = 43): [number, number][] =>
    Array.from({ length: count }, (_, i) => [days((i - count) / 2), from + ((to - from) * i) / (count - 1)])
  const short = (evidence: Partial<Evidence>, locale = 'en') =>
    book
      .forLocale(locale)
      .formatter.summarizeEvidence({ detector: 'forecast', points: [], ...evidence }, { at, timeZone })
  const clogging = { metric: 'filter_dp_pa', unit: 'Pa', points: points(400, 560) }

  it('contains the change, its duration and the time left', () => {
    expect(short({ ...clogging, crossing: { p10: days(8), p50: days(12), p90: days(20) } })).toBe(
      'Air resistance of the filter +36 % in three weeks; about twelve days left.',
    )
    expect(short({ ...clogging, crossing: { p10: days(8), p50: days(12), p90: days(20) } }, 'zh-CN')).toBe(
      '滤网风阻在 3 周内 +36 %，大约还剩 12 天。',
    )
    expect(short({ ...clogging, crossing: { p10: days(-8), p50: days(-2), p90: days(2) } })).toBe(
      'Air resistance of the filter +36 % in three weeks.',
    )
  })

  it('contains both values of a percentage', () => {
    expect(short({ metric: 'battery_health_pct', unit: '%', points: points(91, 84) })).toBe(
      'Battery capacity 90.7 % → 84.3 % in three weeks.',
    )
  })

  it('is not affected by one outlier', () => {
    const leaps: [number, number][] = [...points(400, 560), [at, 90]]
    expect(short({ ...clogging, points: leaps })).toContain('+36 %')
  })

  it.each<[string, Partial<Evidence>]>([
    ['that owners have no name for', { metric: 'fan_rpm', points: points(400, 560) }],
    ['that has not changed', { metric: 'filter_dp_pa', points: points(400, 401) }],
    ['with one point', { metric: 'filter_dp_pa', points: [[at, 5]] }],
    [
      'of one hour',
      {
        metric: 'filter_dp_pa',
        points: [
          [at, 5],
          [at + 3_600_000, 9],
        ],
      },
    ],
  ])('is absent for a metric %s', (_name, evidence) => {
    expect(short(evidence)).toBeUndefined()
  })
})

it('names units and kinds for owners, and others unchanged', () => {
  const render = (unit: string, kind: string) =>
    english.renderFinding('filter_service', {
      device: { kind, model: null },
      at,
      timeZone,
      evidence: { detector: 'threshold', value: 612.5, limit: 600, unit, points: [] },
    })
  expect(render('Pa', 'air_conditioner').body).toContain('612.5 Pa')
  expect(render('r/min', 'air_conditioner').body).toContain('612.5 rpm')
  expect(render('', 'air_conditioner').body).toContain('is 612.5;')
  expect(render('Pa', 'milk_frother').title).toBe('The filter of your milk frother is clogging')
})

it('rejects a notice that has no text', () => {
  const context = { device, at, timeZone, evidence: worn }
  expect(() => english.renderFinding('tea_is_ready', context)).toThrow(UnknownMessageError)
  expect(() => english.renderMessage('tea_is_ready', {})).toThrow(UnknownMessageError)
})
