import { describe, expect, it } from 'vitest'
import { addDerivedMetrics } from './add-derived-metrics.ts'
import { parseDerivations } from './derivation.ts'

const range: [number, number] = [0, 1000]
const { derivations, problems } = parseDerivations(['dp_pa', 'flow_m3h'], {
  resistance: { range, cel: 'dp_pa / flow_m3h' },
  clogged_pct: { range: [0, 100], cel: '100 * resistance' },
})

describe('derived metrics', () => {
  it('are added to the values, and may use each other', () => {
    expect(problems).toEqual([])
    const values = { dp_pa: 100, flow_m3h: 400, other: 1 }
    expect(addDerivedMetrics(values, derivations)).toEqual({ ...values, resistance: 0.25, clogged_pct: 25 })
  })

  it('need all their inputs', () => {
    const values = { dp_pa: 100 }
    expect(addDerivedMetrics(values, derivations)).toBe(values)
  })

  it('take the value of `otherwise` when an input is missing, within the same range', () => {
    const { derivations } = parseDerivations(['charge', 'design', 'shown_pct'], {
      health_pct: { range: [0, 110], cel: '100 * charge / design', otherwise: 'shown_pct' },
    })
    const healthOf = (values: Record<string, number>) => addDerivedMetrics(values, derivations).health_pct
    expect(healthOf({ charge: 3, design: 4, shown_pct: 76 })).toBe(75)
    expect(healthOf({ shown_pct: 76 })).toBe(76)
    expect(healthOf({ charge: 3, shown_pct: 111 })).toBeUndefined()
    expect(healthOf({ charge: 3 })).toBeUndefined()
  })

  it('are left out when infinite, NaN or out of range', () => {
    expect(addDerivedMetrics({ dp_pa: 1, flow_m3h: 0 }, derivations)).toEqual({ dp_pa: 1, flow_m3h: 0 })
    expect(addDerivedMetrics({ dp_pa: 0, flow_m3h: 0 }, derivations)).toEqual({ dp_pa: 0, flow_m3h: 0 })
    expect(addDerivedMetrics({ dp_pa: 400, flow_m3h: 100 }, derivations)).toEqual({
      dp_pa: 400,
      flow_m3h: 100,
      resistance: 4,
    })
  })
})

describe('parseDerivations', () => {
  it('rejects names that are taken, and metrics that are defined later', () => {
    const parsed = parseDerivations(['dp_pa'], {
      dp_pa: { range, cel: '1' },
      first: { range, cel: 'second + 1' },
      second: { range, cel: 'dp_pa' },
      own: { range, cel: 'own + 1' },
      other: { range, cel: 'dp_pa', otherwise: 'dp_p' },
    })
    expect(parsed.problems.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['derived.dp_pa', 'dp_pa is already a measured metric'],
      ['derived.first.cel', 'derived.first.cel: unknown metric "second"'],
      ['derived.own.cel', 'derived.own.cel: unknown metric "own"'],
      ['derived.other.otherwise', 'unknown metric "dp_p"'],
    ])
  })
})
