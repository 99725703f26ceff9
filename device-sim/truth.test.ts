import { describe, expect, it } from 'vitest'
import { dayMs } from './calendar.ts'
import { type FleetTruth, type Life, type ScoredFinding, scoreAgainstTruth } from './truth.ts'

const start = Date.UTC(2026, 0, 1)
const day = (n: number) => start + n * dayMs

function life(component: string, epoch: number, crossedAt: number | null): Life {
  return {
    component,
    epoch,
    metric: 'battery_health_pct',
    worse: 'below',
    limit: 80,
    builtInAt: null,
    crossedAt,
    replacedAt: null,
  }
}

function fleet(lives: Record<string, Life[]>): FleetTruth {
  const injected = { backlogReadings: 0, duplicateReadings: 0, lateReadings: 0 }
  const devices = Object.entries(lives).map(([device, own]) => ({
    device,
    kind: 'phone',
    lives: own,
    injected,
  }))
  return { seed: 1, from: start, until: day(120), horizon: day(850), devices }
}

function raised(device: string, epoch: number, at: number, state = 'raised'): ScoredFinding {
  return { device, component: 'battery', epoch, at, state }
}

describe('the score against the truth', () => {
  it('counts failures, the foreseen, the missed and the median lead', () => {
    const truth = fleet({
      early: [life('battery', 0, day(100))],
      late: [life('battery', 0, day(50))],
      silent: [life('battery', 0, day(60))],
      sound: [life('battery', 0, null)],
      twice: [life('battery', 0, day(20)), life('battery', 1, day(110))],
    })
    const findings = [
      raised('early', 0, day(80)),
      raised('early', 0, day(90)),
      raised('late', 0, day(51)),
      raised('twice', 0, day(10)),
      raised('twice', 1, day(95)),
    ]
    // Leads: 20, 10 and 15 days.
    expect(scoreAgainstTruth(truth, findings)).toEqual({
      failures: 5,
      foreseen: 3,
      missed: 2,
      falseAlarms: 0,
      medianLeadDays: 15,
    })
  })

  it('calls a finding false when the part does not cross within 90 days, and a crossing after the end right', () => {
    const truth = fleet({
      far: [life('battery', 0, day(300))],
      soon: [life('battery', 0, day(150))],
      sound: [life('battery', 0, null)],
    })
    const findings = [
      raised('far', 0, day(110)),
      raised('far', 0, day(115)),
      raised('soon', 0, day(100)),
      raised('sound', 0, day(5)),
      raised('unknown', 0, day(5)),
    ]
    expect(scoreAgainstTruth(truth, findings)).toEqual({
      failures: 0,
      foreseen: 0,
      missed: 0,
      falseAlarms: 4,
      medianLeadDays: null,
    })
  })

  it('takes the same epoch and component only, and no updates', () => {
    const truth = fleet({ a: [life('battery', 0, day(30)), life('battery', 1, null)] })
    const findings = [
      raised('a', 1, day(20)),
      raised('a', 0, day(20), 'updated'),
      { ...raised('a', 0, day(20)), component: 'filter' },
    ]
    expect(scoreAgainstTruth(truth, findings)).toMatchObject({ failures: 1, foreseen: 0, falseAlarms: 2 })
  })

  it('gives the mean of the middle two leads of an even number', () => {
    const truth = fleet({ a: [life('battery', 0, day(30))], b: [life('battery', 0, day(60))] })
    const findings = [raised('a', 0, day(26)), raised('b', 0, day(50))]
    expect(scoreAgainstTruth(truth, findings).medianLeadDays).toBe(7)
  })
})
