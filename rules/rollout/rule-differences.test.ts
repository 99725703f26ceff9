import { expect, test } from 'vitest'
import { diffRuleTexts } from './rule-differences.ts'

const text = (changes: string) => `rule: phone.hot\nkind: phone\n${changes}`

test('names each field that differs, with both values', () => {
  expect(
    diffRuleTexts(
      text('detect: { threshold: { metric: battery_temp_c, above: 45 } }\nunless: [phone.a]\nfor: 2h'),
      text('detect: { threshold: { metric: battery_temp_c, above: 50 } }\nunless: [phone.b]\nclear: 40'),
    ),
  ).toEqual([
    { field: 'clear', from: undefined, to: 40 },
    { field: 'detect.threshold.above', from: 45, to: 50 },
    { field: 'for', from: '2h', to: undefined },
    { field: 'unless', from: ['phone.a'], to: ['phone.b'] },
  ])
})

test('a difference in the order of keys, in comments or in tests is none', () => {
  expect(diffRuleTexts('a: 1\nb: 2\ntests: [1]', '# why\nb: 2\na: 1')).toEqual([])
})
