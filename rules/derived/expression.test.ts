import { describe, expect, it } from 'vitest'
import { maxCharacters, parseExpression } from './expression.ts'

const metrics = ['brush_rpm', 'load_pct', 'filter_dp_pa']

function resultOf(text: string, values: Record<string, number> = {}): number {
  const parsed = parseExpression(text, metrics)
  if (parsed.is === 'invalid') throw new Error(parsed.message)
  return parsed.expression.evaluate(values)
}

function problemWith(text: string): string {
  const parsed = parseExpression(text, metrics)
  return parsed.is === 'invalid' ? `${parsed.message}; ${parsed.hint ?? ''}` : 'none'
}

describe('an expression', () => {
  it('is computed from its metrics', () => {
    const parsed = parseExpression('brush_rpm + 3.5 * (load_pct - 30.0)', metrics)
    expect(parsed).toMatchObject({ is: 'expression', expression: { inputs: ['brush_rpm', 'load_pct'] } })
    expect(resultOf('brush_rpm + 3.5 * (load_pct - 30.0)', { brush_rpm: 1500, load_pct: 32 })).toBe(1507)
  })

  it('converts integers to doubles', () => {
    expect(resultOf('5 / 2')).toBe(2.5)
    expect(resultOf('2 * brush_rpm + 1', { brush_rpm: 3 })).toBe(7)
    expect(resultOf('-2 * -brush_rpm', { brush_rpm: 3 })).toBe(6)
    expect(resultOf('brush_rpm == 3 ? 1 : load_pct', { brush_rpm: 3, load_pct: 8 })).toBe(1)
  })

  it('supports a few functions', () => {
    expect(resultOf('max(1, sqrt(pow(3, 2) + 16)) - min(1, 2) + abs(-1)')).toBe(5)
    expect(resultOf('exp(ln(brush_rpm))', { brush_rpm: 7 })).toBeCloseTo(7, 12)
  })

  it('may be infinite or NaN', () => {
    expect(resultOf('brush_rpm / load_pct', { brush_rpm: 1, load_pct: 0 })).toBe(Number.POSITIVE_INFINITY)
    expect(resultOf('sqrt(brush_rpm)', { brush_rpm: -1 })).toBeNaN()
  })

  it.each([
    [
      'brush_rmp * 2.0',
      /unknown metric "brush_rmp"; did you mean "brush_rpm"\? allowed: brush_rpm, load_pct, filter_dp_pa/,
    ],
    ['squrt(brush_rpm)', /unknown function "squrt"; did you mean "sqrt"\?/],
    ['brush_rpm >', /it is not a valid expression: Unexpected token/],
    ['brush_rpm ^ 2', /it is not a valid expression: Unexpected character: \^/],
    ['', /it is not a valid expression/],
    ['brush_rpm > 3', /its result is a bool; it must be a number/],
    ['brush_rpm > 3 ? 1 : false', /"false" is not supported in a formula/],
    ['max(brush_rpm)', /the types do not match: .*'max\(double\)'/],
    ['brush_rpm + (load_pct > 3)', /the types do not match: .*double \+ bool/],
    ['"a".matches("(a+)+$") ? 1 : 2', /is not supported in a formula; allowed: numbers, metrics/],
    ['[1, 2, 3].map(x, x)[0]', /is not supported in a formula/],
    ['brush_rpm.constructor', /is not supported in a formula/],
    ['0x10u', /is not supported in a formula/],
  ])('is rejected with a reason: %s', (text, reason) => {
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
