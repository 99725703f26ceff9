import { describe, expect, it } from 'vitest'
import { lifetimeKey } from '../../contract/fleet-model.ts'
import { dayMs } from '../../lib/time.ts'
import { createLimit } from '../detectors/limit.ts'
import { createEngine } from '../engine/create-engine.ts'
import type { DeviceState, RuleInput } from '../engine/engine.ts'
import { calibratedModelFor } from '../prognosis/fleet/calibration/calibrated-model.ts'
import { hotBatteryRule, parseRule, shippedKinds, start } from '../testing/rules.ts'
import { FleetModelBuilder } from './fleet-model-builder.ts'

const detect = '{ forecast: { metric: battery_health_pct, below: 80, within: 30d } }'
const engine = createEngine({ kinds: shippedKinds, rules: [parseRule(hotBatteryRule({ detect }))] })
const limit = createLimit({ below: 80 })
const device = 'phone-1'

/** A battery that loses 0.5 % a day from 90 %. */
const wear = (days: number): RuleInput[] => [
  { type: 'device', device: { id: device, kind: 'phone' } },
  ...Array.from({ length: days }, (_, n): RuleInput => {
    const values = { battery_health_pct: 90 - 0.5 * n }
    return { type: 'reading', reading: { device, ts: start + n * dayMs, values } }
  }),
]

/** The fleet model after these entries, and the number of lifetimes that reached the limit. */
function contributionsFrom(inputs: readonly RuleInput[]) {
  let state: DeviceState | undefined
  for (const input of inputs) state = engine.step(state, input).state
  const gathering = new FleetModelBuilder(engine)
  if (state) gathering.add(state)
  const lives = gathering.build(start).lifetimes[lifetimeKey('phone', 'battery', 'battery_health_pct')] ?? []
  return { lives, wentTheWholeWay: calibratedModelFor(lives, limit).finishedCount() }
}

const replacedAfter = (days: number): RuleInput[] => [
  ...wear(days),
  { type: 'part_replaced', device, component: 'battery', ts: start + days * dayMs },
]

describe('the lifetime of a replaced part', () => {
  it('contributes the time to the limit to its cohort', () => {
    expect(contributionsFrom(replacedAfter(40))).toMatchObject({ lives: [{}], wentTheWholeWay: 1 })
  })

  it('contributes a censored path when replaced before the limit', () => {
    expect(contributionsFrom(replacedAfter(18))).toMatchObject({ lives: [{}], wentTheWholeWay: 0 })
  })

  it.each([18, 40])('says what it said while it ran, after %i days', (days) => {
    const points = ({ lives }: ReturnType<typeof contributionsFrom>) => lives.map((life) => life.points)
    expect(points(contributionsFrom(replacedAfter(days)))).toEqual(points(contributionsFrom(wear(days))))
  })
})
