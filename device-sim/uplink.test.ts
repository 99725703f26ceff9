import { describe, expect, it } from 'vitest'
import { createInjectedFaults } from '../contract/ground-truth.ts'
import { dayMs, hourMs } from '../lib/time.ts'
import type { ApplianceEvent } from './appliances/appliance.ts'
import { countInjectedFaults, simulateUplink, type WireReading } from './uplink.ts'

const start = Date.UTC(2026, 0, 1)
const count = 20_000

function* hourly(): Generator<ApplianceEvent> {
  for (let hour = 0; hour < count; hour++) {
    const ts = start + hour * hourMs
    if (hour % 1000 === 999) yield { type: 'part_replaced', ts: ts - 1, component: 'battery' }
    yield { type: 'reading', ts, values: { hour } }
  }
}

const sent = [...simulateUplink(hourly(), '7/test')]
const readings = sent.flatMap((message) => (message.type === 'telemetry' ? message.readings : []))
/** The clock of this device starts in 1970 after a loss of power. */
const unsetClock = readings.filter(({ ts }) => ts < start)
const withFault = (fault: string) =>
  sent.filter((message) => message.type === 'telemetry' && message.transportFault === fault)

describe('the uplink of a device', () => {
  it('loses nothing except what is still in flight at the end', () => {
    const arrived = new Set(readings.map((reading) => reading.values.hour))
    const missing = Array.from({ length: count }, (_, hour) => hour).filter((hour) => !arrived.has(hour))
    expect(missing.every((hour) => hour > count - 6 * 24)).toBe(true)
    expect(sent.filter((message) => message.type === 'event')).toHaveLength(count / 1000)
  })

  it('numbers each reading by boot and sequence, the same for a repeated one', () => {
    const names = new Map<string, WireReading>()
    for (const reading of readings) {
      const name = `${reading.boot}/${reading.seq}`
      expect(names.get(name)?.ts ?? reading.ts).toBe(reading.ts)
      names.set(name, reading)
    }
    expect(readings.length - names.size).toBe(withFault('duplicate').length)
    expect(new Set(readings.map((reading) => reading.boot)).size).toBeGreaterThan(5)
  })

  it('sends in order of time, and nothing before it was measured', () => {
    for (const [index, message] of sent.entries()) {
      expect(message.at).toBeGreaterThanOrEqual(sent[index - 1]?.at ?? 0)
      const times =
        message.type === 'telemetry' ? message.readings.map((reading) => reading.ts) : [message.at]
      expect(Math.max(...times)).toBeLessThanOrEqual(message.at)
    }
  })

  it('uploads backlogs of hours to days, marked as such and in order', () => {
    const backlogs = withFault('backlog').flatMap((message) =>
      message.type === 'telemetry' ? [message.readings] : [],
    )
    expect(backlogs.length).toBeGreaterThan(1)
    for (const backlog of backlogs) {
      expect(backlog.every((reading) => reading.hist)).toBe(true)
      expect(backlog.length).toBeLessThanOrEqual(500)
      const times = backlog.map((reading) => reading.ts).filter((ts) => ts >= start)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(Math.max(...times) - Math.min(...times)).toBeLessThan(5 * dayMs)
    }
  })

  it('counts the faults that it injected', () => {
    const counts = createInjectedFaults()
    for (const message of sent) countInjectedFaults(counts, message)
    expect(counts).toEqual({
      ...createInjectedFaults(),
      backlogReadings: readings.filter((reading) => reading.hist).length,
      duplicateReadings: withFault('duplicate').length,
      lateReadings: withFault('late').length,
      clock1970Readings: unsetClock.length,
    })
    expect(counts.duplicateReadings).toBeGreaterThan(50)
    expect(counts.lateReadings).toBeGreaterThan(50)
    expect(counts.clock1970Readings).toBeGreaterThan(0)
  })

  it('is the same for the same stream, and different for another', () => {
    expect([...simulateUplink(hourly(), '7/test')]).toEqual(sent)
    expect([...simulateUplink(hourly(), '8/test')]).not.toEqual(sent)
  })
})
