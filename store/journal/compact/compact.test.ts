import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCompact, isCompact } from './decode-compact.ts'
import { encodeCompact } from './encode-compact.ts'

const day = 86_400_000
const again = (value: unknown) => decodeCompact(encodeCompact(value))

/** Numbers as devices send them, and all others. */
const numbers = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.tuple(fc.integer(), fc.nat(5)).map(([whole, places]) => whole / 10 ** places),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER, Number.MIN_VALUE),
)

/** A series at a regular or irregular interval: times and values by turns. */
const series = fc
  .tuple(fc.nat(2 ** 41), fc.array(fc.tuple(fc.oneof(fc.constant(day), fc.nat(3 * day)), numbers)))
  .map(([start, points]) => {
    let at = start
    return points.flatMap(([interval, value]) => {
      at += interval
      return [at, value]
    })
  })

const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    numbers,
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.array(numbers),
    series,
    fc.array(tie('tree')),
    fc
      .dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('tree'),
      )
      .map((object) => ({ ...object })),
  ),
}))

describe('a state in compact form', () => {
  it('is exactly the same when decoded', () => {
    fc.assert(
      fc.property(tree, (state) => {
        expect(again(state)).toStrictEqual(state)
      }),
      { numRuns: 500 },
    )
  })

  it('keeps the order of keys', () => {
    const state = [
      { b: 1, a: 2 },
      { a: 1, b: 2 },
      { b: 3, a: 4 },
    ]
    expect(JSON.stringify(again(state))).toBe(JSON.stringify(state))
  })

  it('takes two to four bytes for a daily value with two decimal places', () => {
    const points = Array.from({ length: 100 }, (_, n) => [
      1_780_229_932_102 + n * day,
      98.05 - (n % 7) / 20,
    ]).flat()
    expect(encodeCompact(points).length).toBeLessThan(400)
    expect(again(points)).toEqual(points)
  })

  it('keeps single values of a series that have more decimal places', () => {
    const points = Array.from({ length: 20 }, (_, n) => [
      n * day,
      n === 7 ? 97.800_000_000_000_01 : 97.8,
    ]).flat()
    expect(again(points)).toStrictEqual(points)
    expect(encodeCompact(points).length).toBeLessThan(80)
  })

  it('writes a text and the keys of an object once', () => {
    const one = { evaluatedAt: 1, assessment: { is: 'good' } }
    const single = encodeCompact([one]).length
    expect(encodeCompact(Array(10).fill(one)).length - single).toBeLessThan(9 * 10)
  })

  it('has a first byte of its own', () => {
    expect(isCompact(encodeCompact({}))).toBe(true)
    expect(isCompact(Uint8Array.of(0x80))).toBe(false)
  })

  it.each([[new Map()], [new Date()], [() => 1], [1n], [Symbol('a')], [Uint8Array.of(1)]])(
    'rejects %s, which is no plain data',
    (value) => {
      expect(() => encodeCompact({ value })).toThrow('no plain data')
    },
  )

  it('rejects a key that would be lost', () => {
    expect(() => encodeCompact(JSON.parse('{"__proto__": 1}'))).toThrow('__proto__')
  })

  it('throws for bytes that end too early or that it did not make', () => {
    const bytes = encodeCompact({ text: 'some text', points: [1, 2, 3, 4, 5.5], list: [null, true] })
    for (let length = 1; length < bytes.length; length++)
      expect(() => decodeCompact(bytes.subarray(0, length))).toThrow(RangeError)
    expect(() => decodeCompact(Uint8Array.of(0xc1, 31))).toThrow('unknown tag 31')
    expect(() => decodeCompact(Uint8Array.of(0xc1, 12, 5))).toThrow('unknown shape 5')
  })
})
