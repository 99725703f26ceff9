import { describe, expect, it } from 'vitest'
import {
  createInjectedFaults,
  type FleetGroundTruth,
  type MaintenanceInterval,
  type PartGroundTruth,
} from '../../contract/ground-truth.ts'
import { dayMs } from '../../lib/time.ts'
import type { ScoredFinding } from './alarms.ts'
import { scoreAgainstTruth } from './score.ts'

const start = Date.UTC(2026, 0, 1)
const day = (n: number) => start + n * dayMs

/** Without maintenance. */
function untended(crossedAt: number | null): MaintenanceInterval {
  return { from: null, maintainedAt: null, crossedAt, wouldCrossAt: crossedAt }
}

function life(epoch: number, ...spans: MaintenanceInterval[]): PartGroundTruth {
  return {
    component: 'battery',
    epoch,
    metric: 'battery_health_pct',
    failureDirection: 'below',
    limit: 80,
    installedAt: null,
    replacedAt: null,
    intervals: spans,
  }
}

function fleet(lives: Record<string, PartGroundTruth[]>): FleetGroundTruth {
  const devices = Object.entries(lives).map(([device, own]) => ({
    device,
    kind: 'phone',
    parts: own,
    injected: createInjectedFaults(),
  }))
  return { seed: 1, from: start, until: day(120), horizon: day(210), devices }
}

function finding(device: string, at: number, more: Partial<ScoredFinding> = {}): ScoredFinding {
  const usual = { component: 'battery', epoch: 0, rule: 'phone.battery_worn', state: 'raised' }
  return { ...usual, device, at, evidence: { detector: 'forecast' }, ...more }
}

describe('the score against the truth', () => {
  it('counts failures, detected and missed, and computes precision, recall and lead', () => {
    const truth = fleet({
      early: [life(0, untended(day(100)))],
      late: [life(0, untended(day(50)))],
      silent: [life(0, untended(day(60)))],
      sound: [life(0, untended(null))],
      twice: [life(0, untended(day(20))), life(1, untended(day(110)))],
    })
    const findings = [
      finding('early', day(80)),
      finding('early', day(90)),
      finding('late', day(51)),
      finding('twice', day(10)),
      finding('twice', day(95), { epoch: 1 }),
      finding('sound', day(5)),
    ]
    const score = scoreAgainstTruth(truth, findings)
    // Leads: 20, 10 and 15 days.
    const tally = {
      failures: 5,
      detected: 3,
      missed: 2,
      alarms: 6,
      falseAlarms: 1,
      precision: 5 / 6,
      recall: 3 / 5,
      medianLeadDays: 15,
    }
    expect(score).toMatchObject(tally)
    expect(score.byComponent).toEqual({ 'phone/battery': tally })
    expect(score.byRule).toEqual({ 'phone.battery_worn': { alarms: 6, falseAlarms: 1 } })
    expect(score.deviceYears).toBeCloseTo((5 * 120) / 365.25)
    expect(score.falseAlarmsPerDeviceYear).toBeCloseTo(365.25 / (5 * 120))
  })

  it('counts an alarm as false when the part would not cross within 90 days, and as true for a crossing after the end', () => {
    const truth = fleet({ far: [life(0, untended(day(205)))], soon: [life(0, untended(day(150)))] })
    const findings = [
      finding('far', day(110)),
      finding('far', day(116)),
      finding('soon', day(100)),
      finding('soon', day(5), { epoch: 7 }),
    ]
    expect(scoreAgainstTruth(truth, findings)).toMatchObject({
      failures: 0,
      alarms: 4,
      falseAlarms: 2,
      recall: null,
    })
  })

  it('scores an alarm before maintenance by the counterfactual, and one after it by the actual values', () => {
    const cleaned: MaintenanceInterval = {
      from: null,
      maintainedAt: day(40),
      crossedAt: null,
      wouldCrossAt: day(60),
    }
    const after: MaintenanceInterval = {
      from: day(40),
      maintainedAt: null,
      crossedAt: null,
      wouldCrossAt: null,
    }
    const truth = fleet({ a: [life(0, cleaned, after)] })
    expect(scoreAgainstTruth(truth, [finding('a', day(39))])).toMatchObject({ failures: 0, falseAlarms: 0 })
    expect(scoreAgainstTruth(truth, [finding('a', day(41))])).toMatchObject({ failures: 0, falseAlarms: 1 })
  })

  it('counts each crossing after maintenance as a failure of its own, with the lead from the maintenance', () => {
    const first: MaintenanceInterval = {
      from: null,
      maintainedAt: day(50),
      crossedAt: day(45),
      wouldCrossAt: day(45),
    }
    const second: MaintenanceInterval = {
      from: day(50),
      maintainedAt: null,
      crossedAt: day(100),
      wouldCrossAt: day(100),
    }
    const truth = fleet({ a: [life(0, first, second)] })
    const score = scoreAgainstTruth(truth, [finding('a', day(35))])
    expect(score).toMatchObject({ failures: 2, detected: 2, medianLeadDays: 30 })
  })

  it('does not count a failure as detected when its alarm was cleared before it', () => {
    const truth = fleet({ a: [life(0, untended(day(60)))] })
    const cleared = [finding('a', day(40)), finding('a', day(50), { state: 'cleared' })]
    expect(scoreAgainstTruth(truth, cleared)).toMatchObject({ detected: 0, missed: 1, falseAlarms: 0 })
    const again = [...cleared, finding('a', day(55))]
    expect(scoreAgainstTruth(truth, again)).toMatchObject({ detected: 1, alarms: 2, medianLeadDays: 5 })
    const after = [finding('a', day(40)), finding('a', day(61), { state: 'cleared' })]
    expect(scoreAgainstTruth(truth, after)).toMatchObject({ detected: 1, medianLeadDays: 20 })
  })

  it('scores only findings that assess a part', () => {
    const truth = fleet({ a: [life(0, untended(null))] })
    const findings = [
      finding('a', day(20), { state: 'updated' }),
      finding('a', day(20), { shadow: true }),
      finding('a', day(20), { evidence: { detector: 'calendar' } }),
      finding('a', day(20), { component: 'device' }),
    ]
    expect(scoreAgainstTruth(truth, findings)).toMatchObject({ alarms: 0, precision: null, unscored: 2 })
  })

  it('takes the mean of the middle two of an even number of leads', () => {
    const truth = fleet({ a: [life(0, untended(day(30)))], b: [life(0, untended(day(60)))] })
    expect(scoreAgainstTruth(truth, [finding('a', day(26)), finding('b', day(50))]).medianLeadDays).toBe(7)
  })
})
