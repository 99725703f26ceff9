import { describe, expect, it } from 'vitest'
import type { TelemetryEntry } from '../../contract/entry.ts'
import { emptyFleetModel } from '../../contract/fleet-model.ts'
import { createEngine } from '../engine/create-engine.ts'
import { shippedReferences } from '../testing/rules.ts'
import { SkippedInputs } from './skipped-inputs.ts'
import { StateCache } from './state-cache.ts'
import { stepBatch } from './step-batch.ts'
import { TickSchedule } from './tick-schedule.ts'

const device = { id: 'phone-1', kind: 'phone' }

/** Return when the device was last heard after these entries, ms. */
async function lastSeenAfter(...entries: TelemetryEntry[]): Promise<number | undefined> {
  const result = await stepBatch(
    { from: 0, entries: [{ type: 'device', receivedAt: 1, device }, ...entries] },
    {
      ...shippedReferences,
      liveRuleSet: { engine: createEngine({ ...shippedReferences, rules: [] }), fleetModel: emptyFleetModel },
      cache: new StateCache({ states: async () => new Map() }, 1_000),
      tickSchedule: new TickSchedule([]),
      evaluatesCohorts: false,
      portions: { devices: 500, isBound: () => false, report: async () => {}, store: async () => {} },
      skipped: new SkippedInputs(() => undefined),
      onError(error) {
        throw error
      },
    },
  )
  return result.states.get(device.id)?.lastSeenAt
}

describe('a device is heard', () => {
  const presence = { type: 'presence', receivedAt: 7, device: device.id } as const

  it('by a reading, its presence, and what left no other entry', async () => {
    const reading = { device: device.id, ts: 3, values: {} }
    expect(await lastSeenAfter({ type: 'reading', receivedAt: 5, reading })).toBe(5)
    expect(await lastSeenAfter({ ...presence, state: 'online' })).toBe(7)
    expect(await lastSeenAfter({ type: 'heard', receivedAt: 9, device: device.id })).toBe(9)
  })

  it('not by a last will, a message kept by the broker, an import, nor an event of the service desk', async () => {
    expect(await lastSeenAfter({ ...presence, state: 'lost' })).toBeUndefined()
    expect(await lastSeenAfter({ ...presence, state: 'online', retained: true })).toBeUndefined()
    expect(await lastSeenAfter()).toBeUndefined()
    const event = { type: 'event', receivedAt: 8, device: device.id, ts: 8, event: 'part_replaced' } as const
    expect(await lastSeenAfter({ ...event, component: 'battery' })).toBeUndefined()
  })
})
