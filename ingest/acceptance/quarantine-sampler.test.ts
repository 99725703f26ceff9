import { expect, test } from 'vitest'
import { QuarantineSampler } from './quarantine-sampler.ts'

const limits = { perSender: { perSecond: 1, burst: 3 }, total: { perSecond: 10, burst: 5 } }

function kept(sample: QuarantineSampler, senders: readonly string[], now = 0): string[] {
  return senders.filter((sender) => sample.decide(sender, now) === 'keep')
}

test('keeps what one sender sends now and then, and some of its flood', () => {
  const sample = new QuarantineSampler(limits)
  expect(kept(sample, Array(100).fill('a'))).toHaveLength(3)
  expect(kept(sample, ['a', 'a'], 1_000)).toEqual(['a'])
})

test('lets a flood of one hide nothing of others, and that of many not fill the journal', () => {
  const sample = new QuarantineSampler(limits)
  expect(kept(sample, [...Array(100).fill('a'), 'b'])).toContain('b')
  expect(
    kept(
      sample,
      Array.from({ length: 50_000 }, (_, i) => `fake-${i}`),
    ),
  ).toHaveLength(1)
})
