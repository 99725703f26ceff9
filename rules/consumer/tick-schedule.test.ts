import { describe, expect, it } from 'vitest'
import { createEngine } from '../engine/create-engine.ts'
import { hotBatteryRule, parseRule, shippedKinds } from '../testing/rules.ts'
import { TickSchedule } from './tick-schedule.ts'

const detect = '{ silence: { intervals: 4 } }'
const silent = () =>
  createEngine({ kinds: shippedKinds, rules: [parseRule(hotBatteryRule({ component: 'device', detect }))] })
const engine = silent()
const devices = [
  { id: 'phone-1', kind: 'phone' },
  { id: 'phone-2', kind: 'phone' },
  { id: 'heater-1', kind: 'water_heater' },
]
const nobody = () => false

describe('a tick', () => {
  it('is for the devices whose rules wait for it, as long as nothing more is known', () => {
    expect([...new TickSchedule(devices).devicesDue(0, engine, nobody)]).toEqual(['phone-1', 'phone-2'])
  })

  it('is not for those that sleep on, unless the batch tells more of them', () => {
    const ticked = new TickSchedule(devices)
    ticked.schedule(engine, new Map([['phone-1', 5_000]]))
    expect([...ticked.devicesDue(4_999, engine, nobody)]).toEqual(['phone-2'])
    expect([...ticked.devicesDue(5_000, engine, nobody)]).toEqual(['phone-1', 'phone-2'])
    expect([...ticked.devicesDue(4_999, engine, (id) => id === 'phone-1')]).toEqual(['phone-1', 'phone-2'])
  })

  it('is for all under new rules', () => {
    const ticked = new TickSchedule(devices)
    ticked.schedule(engine, new Map([['phone-1', 5_000]]))
    const changed = silent()
    expect([...ticked.devicesDue(0, changed, nobody)]).toEqual(['phone-1', 'phone-2'])
    ticked.schedule(changed, new Map([['phone-2', 5_000]]))
    expect([...ticked.devicesDue(0, changed, nobody)]).toEqual(['phone-1'])
  })
})
