import { describe, expect, it } from 'vitest'
import { dayMs } from '../../lib/time.ts'
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

describe('a tick', () => {
  it('is due for all devices with time-driven rules while no schedule is known', () => {
    expect(new TickSchedule(devices).devicesDue(0, engine)).toEqual(['phone-1', 'phone-2'])
  })

  it('is not due for devices with a later next tick', () => {
    const schedule = new TickSchedule(devices)
    schedule.schedule(engine, 'phone-1', 5_000)
    expect(schedule.devicesDue(4_999, engine)).toEqual(['phone-2'])
    expect(schedule.devicesDue(5_000, engine)).toEqual(['phone-1', 'phone-2'])
  })

  it('is due for all devices when the clock was set back', () => {
    const schedule = new TickSchedule(devices)
    expect(schedule.devicesDue(40 * dayMs, engine)).toEqual(['phone-1', 'phone-2'])
    for (const { id } of devices) schedule.schedule(engine, id, 41 * dayMs)
    expect(schedule.devicesDue(40 * dayMs + 1, engine)).toEqual([])
    expect(schedule.devicesDue(dayMs, engine)).toEqual(['phone-1', 'phone-2'])
    expect(schedule.devicesDue(dayMs, engine)).toEqual(['phone-1', 'phone-2'])
  })

  it('is due for all devices under new rules', () => {
    const schedule = new TickSchedule(devices)
    schedule.schedule(engine, 'phone-1', 5_000)
    const changed = silent()
    expect(schedule.devicesDue(0, changed)).toEqual(['phone-1', 'phone-2'])
    schedule.schedule(changed, 'phone-2', 5_000)
    expect(schedule.devicesDue(0, changed)).toEqual(['phone-1'])
  })

  it('is due again for the devices of a batch that is given up', () => {
    const schedule = new TickSchedule(devices)
    schedule.schedule(engine, 'phone-1', 5_000)
    schedule.keep()
    schedule.schedule(engine, 'phone-2', 5_000)
    expect(schedule.devicesDue(0, engine)).toEqual([])
    schedule.rollBack()
    expect(schedule.devicesDue(0, engine)).toEqual(['phone-2'])
  })
})
