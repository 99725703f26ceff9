import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitArrayText } from './split-array-text.ts'

test('gives each element as it was sent', () => {
  const text = ' [ {"ts": 1e999, "ts": 2} , [1,[2,3]],"a,]\\"b", 12345678901234567890 , null ] '
  const elements = ['{"ts": 1e999, "ts": 2}', '[1,[2,3]]', '"a,]\\"b"', '12345678901234567890', 'null']
  expect(splitArrayText(text)).toEqual(elements)
  expect(splitArrayText('\ufeff[]')).toEqual([])
})

test('gives as many elements as the parser, with the same values', () => {
  const array = fc.array(fc.jsonValue())
  fc.assert(
    fc.property(array, fc.constantFrom(undefined, 1), (values, indent) => {
      const text = JSON.stringify(values, null, indent)
      const elements = splitArrayText(text).map((element) => JSON.parse(element))
      expect(elements).toEqual(JSON.parse(text))
    }),
  )
})
