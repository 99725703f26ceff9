import { describe, expect, test } from 'vitest'
import { parseRegion } from './iso-region.ts'

describe('a region', () => {
  test.each([
    ['DE', 'DE'],
    ['de', 'DE'],
    [' us-ca ', 'US-CA'],
    ['US_CA', 'US-CA'],
    ['au-nsw', 'AU-NSW'],
    ['uk', 'GB'],
    ['GB-ENG', 'GB-ENG'],
    ['EL', 'GR'],
  ])('%j is %s', (text, region) => {
    expect(parseRegion(text)).toEqual({ is: 'region', region })
  })

  test.each([
    ['Germany', 'did you mean DE?'],
    ['australia', 'did you mean AU?'],
    ['XX', 'write a country'],
    ['DEU', 'write a country'],
    ['', 'write a country'],
    ['US-CALI', 'write a country'],
    ['DE-', 'write a country'],
    ['-', 'write a country'],
  ])('%j is rejected with a hint', (text, hint) => {
    expect(parseRegion(text)).toMatchObject({ is: 'invalid', problem: expect.stringContaining(hint) })
  })
})
