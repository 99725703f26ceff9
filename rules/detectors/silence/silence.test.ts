import { describe, expect, it } from 'vitest'
import { shippedKinds } from '../../testing/rules.ts'
import { silence } from './silence.ts'

describe('silence', () => {
  const kind = shippedKinds.get('phone')
  const watch = kind && silence.watch({ intervals: 4 }, { kind, clear: undefined })
  const judge = (now: number) => watch?.watches === 'presence' && watch.judge(1_000, now).is

  it('begins when more than its intervals have passed', () => {
    const limit = 1_000 + 4 * 6 * 3_600_000
    expect([judge(limit), judge(limit + 1)]).toEqual(['good', 'bad'])
  })

  it('tells when the device was last heard', () => {
    const evidence = watch?.watches === 'presence' && watch.evidence(1_000)
    expect(evidence).toEqual({ detector: 'silence', lastSeen: 1_000, points: [] })
  })
})
