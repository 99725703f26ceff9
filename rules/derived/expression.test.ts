import { describe, expect, it } from 'vitest'
import { maxCharacters, parseExpression } from './expression.ts'

const metrics = ['brush_rpm', 'load_pct', 'filter_dp_pa']

function resultOf(text: string, values: Record<string, number> = {}): number {
  const read = parseExpression(text, metrics)
  if (read.is === 'wrong') throw new Error(read.message)
  return read.expression.evaluate(values)
}

function problemWith(text: string): string {
  const read = parseExpression(text, metrics)
  return read.is === 'wrong' ? `${read.message}; ${read.hint ?? ''}` : 'none'
}

describe('an expression', () => {
  it('is computed from the metrics that it names', () => {
    const read = parseExpression('brush_rpm + 3.5 * (load_pct - 30.0)', metrics)
    expect(read).toMatchObject({ is: 'expression', expression: { inputs: ['brush_rpm', 'load_pct'] } })
    expect(resultOf('brush_rpm + 3.5 * (load_pct - 30.0)', { brush_rpm: 1500, load_pct: 32 })).toBe(1507)
  })

  it('takes whole numbers for numbers', () => {
    expect(resultOf('5 / 2')).toBe(2.5)
    expect(resultOf('2 * brush_rpm + 1', { brush_rpm: 3 })).toBe(7)
    expect(resultOf('-2 * -brush_rpm', { brush_rpm: 3 })).toBe(6)
    expect(resultOf('brush_rpm == 3 ? 1 : load_pct', { brush_rpm: 3, load_pct: 8 })).toBe(1)
  })

  it('knows a few functions', () => {
    expect(resultOf('max(1, sqrt(pow(3, 2) + 16)) - min(1, 2) + abs(-1)')).toBe(5)
    expect(resultOf('exp(ln(brush_rpm))', { brush_rpm: 7 })).toBeCloseTo(7, 12)
  })

  it('may give no finite number', () => {
    expect(resultOf('brush_rpm / load_pct', { brush_rpm: 1, load_pct: 0 })).toBe(Number.POSITIVE_INFINITY)
    expect(resultOf('sqrt(brush_rpm)', { brush_rpm: -1 })).toBeNaN()
  })

  it.each([
    [
      'brush_rmp * 2.0',
      /unknown metric "brush_rmp"; did you mean "brush_rpm"\? allowed: brush_rpm, load_pct, filter_dp_pa/,
    ],
    ['squrt(brush_rpm)', /unknown function "squrt"; did you mean "sqrt"\?/],
    ['brush_rpm >', /it cannot be read: Unexpected token/],
    ['brush_rpm ^ 2', /it cannot be read: Unexpected character: \^/],
    ['', /it cannot be read/],
    ['brush_rpm > 3', /it gives a bool; it must give a number/],
    ['brush_rpm > 3 ? 1 : false', /"false" is not for numbers/],
    ['max(brush_rpm)', /it does not fit together: .*'max\(double\)'/],
    ['brush_rpm + (load_pct > 3)', /it does not fit together: .*double \+ bool/],
    ['"a".matches("(a+)+$") ? 1 : 2', /is not for numbers; allowed: numbers, metrics/],
    ['[1, 2, 3].map(x, x)[0]', /is not for numbers/],
    ['brush_rpm.constructor', /is not for numbers/],
    ['0x10u', /is not for numbers/],
  ])('is refused with a reason: %s', (text, reason) => {
    expect(problemWith(text)).toMatch(reason)
  })

  it('is bounded in length, size and depth', () => {
    expect(problemWith(`${'brush_rpm + '.repeat(60)}1`)).toBe('it has 721 characters; at most 500')
    expect(problemWith(`${'1+'.repeat(100)}1`)).toMatch(/Exceeded maxAstNodes/)
    expect(problemWith(`${'('.repeat(40)}1${')'.repeat(40)}`)).toMatch(/Exceeded maxDepth/)
  })

  it('may be as long as allowed', () => {
    expect(resultOf('1'.padStart(maxCharacters))).toBe(1)
  })
})
