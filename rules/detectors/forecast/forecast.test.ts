import { describe, expect, it } from 'vitest'
import { emptyFleetModel, type FleetModel, lifetimeKey } from '../../../contract/fleet-model.ts'
import { dayMs } from '../../../lib/time.ts'
import { hotBatteryRule, start, TestPhone } from '../../testing/rules.ts'

const worn = (more = {}) =>
  hotBatteryRule({
    detect: '{ forecast: { metric: battery_health_pct, below: 80, within: 30d, window: 365d } }',
    ...more,
  })

/** Create readings of the health for `count` days from `from` on. */
function read(phone: TestPhone, from: number, count: number, health: (at: number) => number): void {
  for (let at = from; at < from + count; at++) phone.read(at, { battery_health_pct: health(at) })
}

describe('forecast', () => {
  it('reports the date with its interval, the rate, and its points', () => {
    const phone = new TestPhone(worn())
    read(phone, 0, 100, (at) => 90 - 0.1 * at)
    const evidence = phone.findings[0]?.evidence
    expect(evidence).toMatchObject({
      detector: 'forecast',
      metric: 'battery_health_pct',
      unit: '%',
      limit: 80,
    })
    expect(evidence?.slopePerDay).toBeCloseTo(-0.1, 2)
    expect((Number(evidence?.crossing?.p50) - start) / dayMs).toBeCloseTo(100, -1)
    expect(Number(evidence?.crossing?.p10)).toBeLessThanOrEqual(Number(evidence?.crossing?.p50))
    expect(Number(evidence?.crossing?.p90)).toBeGreaterThanOrEqual(Number(evidence?.crossing?.p50))
    expect(evidence?.points.length).toBeLessThanOrEqual(60)
  })

  it('sends no updates for a steady rate', () => {
    const phone = new TestPhone(worn())
    read(phone, 0, 300, (at) => 90 - 0.1 * at)
    expect(phone.findings.map(({ state }) => state)).toEqual(['raised'])
  })

  it('has no date for a metric that never gets worse', () => {
    const phone = new TestPhone(worn())
    read(phone, 0, 400, (at) => 85 + 0.01 * at)
    expect(phone.findings).toEqual([])
  })

  it('clears only where the level is beyond `clear` and the date is far', () => {
    const phone = new TestPhone(worn({ clear: '82' }))
    read(phone, 0, 90, (at) => 90 - 0.1 * at)
    read(phone, 90, 60, () => 81.5)
    expect(phone.findings.map(({ state }) => state)).not.toContain('cleared')
    read(phone, 150, 200, () => 83)
    expect(phone.findings.at(-1)?.state).toBe('cleared')
  })

  it('is raised earlier where other lifetimes show accelerating wear', () => {
    const knee = (at: number) => (at < 200 ? 100 - 0.02 * at : 96 - 0.25 * (at - 200))
    const lives = [1, 2, 3, 4].map((n) => ({
      partId: `other-${n}/0`,
      cohort: {},
      startedAt: start,
      points: Array.from(
        { length: 280 },
        (_, at) => [start + at * dayMs, knee(at * (0.98 + n / 100))] as const,
      ),
    }))
    const raisedAt = (fleetModel: FleetModel) => {
      const phone = new TestPhone(worn())
      phone.fleetModel = fleetModel
      read(phone, 0, 270, knee)
      return (Number(phone.findings[0]?.at) - start) / dayMs
    }
    const subject = lifetimeKey('phone', 'battery', 'battery_health_pct')
    const informed = raisedAt({ ...emptyFleetModel, lifetimes: { [subject]: lives } })
    expect(informed).toBeLessThan(raisedAt(emptyFleetModel) - 7)
    expect(informed).toBeGreaterThan(220)
  })

  describe('remaining use', () => {
    const withCounter = worn({
      detect:
        '{ forecast: { metric: battery_health_pct, below: 80, within: 30d, window: 365d, use: battery_cycles } }',
    })
    /** A battery that loses 0.1 % and 0.8 cycles a day. */
    function readWithCycles(phone: TestPhone, days: number, cycles: (at: number) => number): void {
      for (let at = 0; at < days; at++)
        phone.read(at, { battery_health_pct: 90 - 0.1 * at, battery_cycles: cycles(at) })
    }

    it('is the time to the crossing at the rate of the counter', () => {
      const phone = new TestPhone(withCounter)
      readWithCycles(phone, 100, (at) => 300 + 0.8 * at)
      const { at = 0, evidence } = phone.findings[0] ?? {}
      expect(evidence?.remainingUse).toMatchObject({ metric: 'battery_cycles', unit: '{cycles}' })
      const { p10 = 0, p50 = 0, p90 = 0 } = evidence?.remainingUse ?? {}
      const days = (Number(evidence?.crossing?.p50) - at) / dayMs
      expect(p50 / days).toBeCloseTo(0.8, 1)
      expect(p10).toBeLessThanOrEqual(p50)
      expect(p90).toBeGreaterThanOrEqual(p50)
    })

    it('goes on after a counter restarted, and past a wrong reading', () => {
      const phone = new TestPhone(withCounter)
      readWithCycles(phone, 100, (at) => (at === 40 ? 9000 : at < 50 ? 300 + 0.8 * at : 0.8 * (at - 50)))
      const { at = 0, evidence } = phone.findings[0] ?? {}
      const days = (Number(evidence?.crossing?.p50) - at) / dayMs
      expect(Number(evidence?.remainingUse?.p50) / days).toBeCloseTo(0.8, 1)
    })

    it('is unknown without readings of the counter', () => {
      const phone = new TestPhone(withCounter)
      read(phone, 0, 100, (at) => 90 - 0.1 * at)
      expect(phone.findings).toHaveLength(1)
      expect(phone.findings[0]?.evidence.remainingUse).toBeUndefined()
    })

    it('keeps a bounded state', () => {
      const phone = new TestPhone(withCounter)
      readWithCycles(phone, 700, (at) => 300 + 0.8 * at)
      expect(JSON.stringify(phone.state).length).toBeLessThan(4_000)
    })

    it('must be a metric of the kind', () => {
      const wrong = {
        forecast: { metric: 'battery_health_pct', below: 80, within: '30d', use: 'batery_cycles' },
      }
      expect(() => new TestPhone(worn({ detect: JSON.stringify(wrong) }))).toThrow(
        'unknown metric of phone "batery_cycles"',
      )
    })
  })

  it('keeps a bounded state for any number of readings', () => {
    const phone = new TestPhone(worn())
    read(phone, 0, 700, (at) => 100 - 0.01 * at)
    expect(JSON.stringify(phone.state).length).toBeLessThan(3_000)
  })

  it('gives the same result when each reading comes twice', () => {
    const story = (times: number) => {
      const phone = new TestPhone(worn())
      for (let at = 0; at < 130; at++) {
        for (let time = 0; time < times; time++) phone.read(at, { battery_health_pct: 90 - 0.1 * at })
      }
      return phone.findings
    }
    expect(story(2)).toEqual(story(1))
  })
})
