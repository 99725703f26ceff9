import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvLine, unescapeFormula } from './csv.ts'

const leading = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']

describe('a text that looks like a formula', () => {
  it.each(leading)('is written behind an apostrophe: %j', (character) => {
    const [[cell] = []] = parse(csvLine([`${character}1+1`, 'x'])) as string[][]
    expect(cell).toBe(`'${character}1+1`)
  })

  it.each(leading)('is written behind an apostrophe inside quotes: %j', (character) => {
    const line = csvLine([`${character}SUM("A1",B1)`])
    expect(line).toBe(`"'${character}SUM(""A1"",B1)"\r\n`)
  })

  it.each([
    ['behind a line break', '\n=1+1'],
    ['behind a tab', '\t=1+1'],
    ['full-width', '＝1+1'],
    ['behind an apostrophe', "'=1+1"],
    ['a number and more', '-5+cmd'],
    ['a sign alone', '-'],
  ])('is guarded %s', (_, text) => {
    expect(parse(csvLine([text, 'x']))).toEqual([[`'${text}`, 'x']])
  })
})

it('leaves numbers as they are, with whatever sign', () => {
  expect(csvLine([-5, 0.5, null, true, '-5', '+2.5', '-1e-7', 'a=b'])).toBe(
    '-5,0.5,,true,-5,+2.5,-1e-7,a=b\r\n',
  )
})

it('quotes separators, quotation marks, line breaks and outer spaces', () => {
  expect(csvLine(['a,b', 'a"b', 'a\nb', ' a', 'a '])).toBe('"a,b","a""b","a\nb"," a","a "\r\n')
})

it('gives back any text', () => {
  const unit = fc.constantFrom(...leading, "'", '"', ',', ' ', '5', 'a')
  fc.assert(
    fc.property(fc.array(fc.string({ unit }), { minLength: 2, maxLength: 4 }), (cells) => {
      const [read = []] = parse(csvLine(cells), { record_delimiter: '\r\n' }) as string[][]
      expect(read.map(unescapeFormula)).toEqual(cells)
    }),
  )
})
