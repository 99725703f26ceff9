import { describe, expect, it } from 'vitest'
import { type NumberStyle, parseNumber, parseRecordedTime, type TimeStyle } from './parse-cell.ts'

const number = (cell: string, style: Partial<NumberStyle> = {}) =>
  parseNumber(cell, { decimal: 'point', exponent: false, ...style })
const time = (cell: string, style: Partial<TimeStyle> = {}) =>
  parseRecordedTime(cell, { pattern: undefined, zone: 'UTC', ...style })
const invalid = (reason: RegExp) => ({ is: 'invalid', reason: expect.stringMatching(reason) })

describe('a number', () => {
  it.each([
    ['0', 0],
    ['-12.50', -12.5],
    ['+7', 7],
    ['.5', 0.5],
    ['007', 7],
  ])('%s is %s', (cell, value) => expect(number(cell)).toEqual({ is: 'number', value }))

  it.each([
    '0x50',
    '0b1',
    '0o7',
    '1_000',
    '1 000',
    '1.2.3',
    '1,234.5',
    '95%',
    '١٢',
    'Infinity',
    'NaN',
    'true',
    '-',
    '.',
    '1e400',
  ])('%s is none', (cell) => expect(number(cell)).toMatchObject({ is: 'invalid' }))

  it('has a decimal comma or an exponent only where the map says so', () => {
    expect(number('94,5')).toEqual(invalid(/set decimal: comma/))
    expect(number('94,5', { decimal: 'comma' })).toEqual({ is: 'number', value: 94.5 })
    expect(number('94.5', { decimal: 'comma' })).toEqual(invalid(/this has a point/))
    expect(number('1.000,5', { decimal: 'comma' })).toEqual(invalid(/not a number/))
    expect(number('1e2')).toEqual(invalid(/set exponent: true/))
    expect(number('1.5E-3', { exponent: true })).toEqual({ is: 'number', value: 0.0015 })
  })
})

describe('a time', () => {
  it.each([
    ['2025-04-03', '2025-04-03T00:00:00Z'],
    ['2025-04-03 06:30', '2025-04-03T06:30:00Z'],
    ['2025-04-03T06:30:15.250', '2025-04-03T06:30:15.250Z'],
    ['2025-04-03T06:30:00+02:00', '2025-04-03T04:30:00Z'],
    ['2025-04-03T06:30:00Z', '2025-04-03T06:30:00Z'],
  ])('%s is ISO 8601', (cell, iso) => expect(time(cell)).toEqual({ is: 'number', value: Date.parse(iso) }))

  it.each([
    '03/04/2025',
    '13/04/2025',
    '3.4.2025',
    '03-04-2025',
    '20250403',
    '1743638400',
    '2025',
    '2025-04',
    'Apr 3 2025',
    '2025-4-3',
    '25-04-03',
    '2025-W14-4',
    '2025-093',
  ])('%s needs a format', (cell) =>
    expect(time(cell)).toEqual(invalid(/not an ISO 8601 time; name its format/)),
  )

  it.each(['2025-02-30', '2025-13-01', '2025-04-03T24:61', '2025-04-31 10:00'])('%s does not exist', (cell) =>
    expect(time(cell)).toMatchObject({ is: 'invalid' }),
  )

  it('is read by the format and zone of the map, as a whole', () => {
    const day = Date.UTC(2025, 3, 3)
    expect(time('03/04/2025', { pattern: 'dd/MM/yyyy' })).toEqual({ is: 'number', value: day })
    expect(time('04/03/2025', { pattern: 'MM/dd/yyyy' })).toEqual({ is: 'number', value: day })
    expect(time('3.4.2025 18:05', { pattern: 'd.M.yyyy H:mm', zone: 'Europe/Berlin' })).toEqual({
      is: 'number',
      value: Date.UTC(2025, 3, 3, 16, 5),
    })
    expect(time('31/04/2025', { pattern: 'dd/MM/yyyy' })).toEqual(
      invalid(/not a time of the format dd\/MM\/yyyy/),
    )
    expect(time('03/04/2025 x', { pattern: 'dd/MM/yyyy' })).toMatchObject({ is: 'invalid' })
    expect(time('2025-04-03', { pattern: 'dd/MM/yyyy' })).toMatchObject({ is: 'invalid' })
  })

  it('without a zone lies in that of the map, not of this machine', () => {
    expect(time('2025-07-01T12:00', { zone: 'America/New_York' })).toEqual({
      is: 'number',
      value: Date.UTC(2025, 6, 1, 16),
    })
  })
})
