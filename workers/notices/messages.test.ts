import { describe, expect, it } from 'vitest'
import type { Evidence } from '../../rules/finding.ts'
import { loadMessages, UnknownMessageError } from './messages.ts'

const messages = loadMessages()
const at = Date.UTC(2026, 2, 1)
const days = (n: number) => at + n * 86_400_000
const device = { kind: 'robot_vacuum', model: 'RV-20' }
const worn: Evidence = { detector: 'forecast', value: 83.42, limit: 80, unit: '%', points: [] }
const crossing = { p10: days(14), p50: days(21), p90: days(34) }

it('has the texts that rules name', () => {
  expect(messages.keys).toEqual(
    expect.arrayContaining([
      'battery_replacement',
      'brush_motor_service',
      'filter_service',
      'drum_service',
      'device_silent',
    ]),
  )
})

describe.each([...messages.keys])('%s', (key) => {
  it.each<[string, Evidence]>([
    ['with a date', { ...worn, crossing }],
    ['without a date', worn],
    ['without numbers', { detector: 'threshold', points: [] }],
    ['of silence', { detector: 'silence', lastSeen: days(-3), points: [] }],
  ])('renders %s', (_name, evidence) => {
    const { title, body } = messages.render(key, { device, at, evidence })
    expect(title).toContain('robot vacuum RV-20')
    for (const text of [title, body]) {
      expect(text).not.toMatch(/[{}]|undefined|NaN|\s\s/)
      expect(text.length).toBeGreaterThan(20)
    }
  })
})

describe('a battery', () => {
  const body = (evidence: Evidence) => messages.render('battery_replacement', { device, at, evidence }).body

  it('is said in plain words, with the date and how sure it is', () => {
    expect(body({ ...worn, crossing })).toBe(
      'It still holds 83.4 % of what it held when new, and will be below 80 % in about three weeks, probably between ' +
        'March 15, 2026 and April 4, 2026. Replaced before that, it will not let you down.',
    )
  })

  it('is not promised for a day that is over', () => {
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

it('says units and kinds as owners know them, and others as they are', () => {
  const render = (unit: string, kind: string) =>
    messages.render('filter_service', {
      device: { kind, model: null },
      at,
      evidence: { detector: 'threshold', value: 612.5, limit: 600, unit, points: [] },
    })
  expect(render('Pa', 'air_conditioner').body).toContain('612.5 Pa')
  expect(render('r/min', 'air_conditioner').body).toContain('612.5 rpm')
  expect(render('', 'air_conditioner').body).toContain('is 612.5;')
  expect(render('Pa', 'milk_frother').title).toBe('The filter of your milk frother is clogging')
})

it('refuses a notice that has no text', () => {
  const context = { device, at, evidence: worn }
  expect(() => messages.render('tea_is_ready', context)).toThrow(UnknownMessageError)
})
