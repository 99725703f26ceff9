import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeName, encodeName } from './tag-encoding.ts'

test('any name comes back, and has nothing in between that means something', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      const encoded = encodeName(name)
      expect(decodeName(encoded)).toBe(name)
      expect(encoded).not.toMatch(/[\s,="'\\#]/)
    }),
  )
})

test('usual names stay as they are', () => {
  for (const name of ['battery_health_pct', 'AA:BB:CC', 'house-1/kitchen.2', 'Küche']) {
    expect(encodeName(name)).toBe(name)
  }
})
