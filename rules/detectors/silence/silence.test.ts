import { describe, expect, it } from 'vitest'
import { emptyFleetModel } from '../../../contract/fleet-model.ts'
import { shippedKinds } from '../../testing/rules.ts'
import type { EvaluationContext } from '../detector.ts'
import { silence } from './silence.ts'

describe('silence', () => {
  const kind = shippedKinds.get('phone')
  const watch =
    kind &&
    silence.createEvaluator({ intervals: 4 }, { kind, component: 'device', clear: undefined, path: [] })
  const device = { id: 'phone-1', kind: 'phone' }
  const heard: EvaluationContext = {
    device,
    part: { cohort: {} },
    lastSeenAt: 1_000,
    fleetModel: emptyFleetModel,
  }
  const never: EvaluationContext = { device, part: { cohort: {} }, fleetModel: emptyFleetModel }
  const longest = 4 * 6 * 3_600_000
  const assess = (at: number, listening: number, circumstances = heard) =>
    watch?.onTick?.(null, { at, listening }, circumstances).assessment.is

  it('begins when more than its intervals have passed', () => {
    expect([assess(1_000 + longest, 0), assess(1_001 + longest, 0)]).toEqual(['good', 'bad'])
  })

  it('counts for a device never heard from when it could have been', () => {
    expect([assess(500 + longest, 500, never), assess(501 + longest, 500, never)]).toEqual(['unknown', 'bad'])
  })

  it('counts only while readings could be received, and is not cleared by a gap', () => {
    const back = 1_000 + 3 * longest
    expect([assess(back + longest, back), assess(back + longest + 1, back)]).toEqual(['unknown', 'bad'])
  })

  it('allows a device that reports rarely three of its own intervals', () => {
    const rarely = { ...heard, heardIntervalsMs: [longest, longest, longest] }
    expect([assess(1_000 + 3 * longest, 0, rarely), assess(1_001 + 3 * longest, 0, rarely)]).toEqual([
      'good',
      'bad',
    ])
    const often = { ...heard, heardIntervalsMs: [60_000, 60_000, 60_000] }
    expect(assess(1_001 + longest, 0, often)).toBe('bad')
  })

  it('reports when the device was last heard, if ever', () => {
    expect(watch?.evidence(null, heard)).toEqual({ detector: 'silence', lastSeen: 1_000, points: [] })
    expect(watch?.evidence(null, never)).toEqual({ detector: 'silence', points: [] })
  })
})
