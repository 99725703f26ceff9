import { readFile, writeFile } from 'node:fs/promises'
import { dayMs } from './calendar.ts'

/** The truth of one part: what nobody but the simulator knows. Times are ms since 1970 UTC. */
export interface Life {
  component: string
  /** Which part of its slot: 0 for the first, one more with each replacement. */
  epoch: number
  metric: string
  worse: 'below' | 'above'
  limit: number
  /** null when it was there before the simulation started. */
  builtInAt: number | null
  /** When the true value first went beyond the limit; null when it does not within the horizon. */
  crossedAt: number | null
  /** When its owner had it replaced, within the simulated time. */
  replacedAt: number | null
}

/** How much trouble was made on purpose. */
export interface InjectedFaults {
  /** Readings that came late in an array marked `hist`. */
  backlogReadings: number
  /** Readings that were sent a second time. */
  duplicateReadings: number
  /** Readings that came after a newer one. */
  lateReadings: number
}

export interface DeviceTruth {
  device: string
  kind: string
  lives: Life[]
  injected: InjectedFaults
}

/** What a simulated fleet went through between `from` and `until`, and what was still to come up to `horizon`. */
export interface FleetTruth {
  seed: number
  from: number
  until: number
  horizon: number
  devices: DeviceTruth[]
}

export async function writeTruth(file: string, truth: FleetTruth): Promise<void> {
  await writeFile(file, `${JSON.stringify(truth, null, 1)}\n`)
}

/** Reads a file that `writeTruth` wrote. */
export async function readTruth(file: string): Promise<FleetTruth> {
  return JSON.parse(await readFile(file, 'utf8'))
}

/** What of a finding matters for the score; a finding of the rules fits. */
export interface ScoredFinding {
  device: string
  component: string
  epoch: number
  at: number
  state: string
}

export interface Score {
  /** Parts whose true value crossed its limit within the simulated time. */
  failures: number
  /** Of these, the ones with a finding raised in the same epoch before the crossing. */
  foreseen: number
  missed: number
  /** Findings raised on a part that neither has crossed its limit nor does so within 90 days after. */
  falseAlarms: number
  /** Days from the first finding to the crossing, over the foreseen ones; null where there are none. */
  medianLeadDays: number | null
}

const falseAlarmMs = 90 * dayMs

/** Compares what was raised with what was true. Only findings in state `raised` count. */
export function scoreAgainstTruth(truth: FleetTruth, findings: readonly ScoredFinding[]): Score {
  const raised = findings.filter((finding) => finding.state === 'raised')
  const firstRaised = new Map<string, number>()
  for (const { device, component, epoch, at } of raised) {
    const part = partKey(device, component, epoch)
    firstRaised.set(part, Math.min(at, firstRaised.get(part) ?? at))
  }
  const crossings = new Map<string, number>()
  const leads: number[] = []
  let failures = 0
  for (const { device, lives } of truth.devices) {
    for (const { component, epoch, crossedAt } of lives) {
      if (crossedAt === null) continue
      const part = partKey(device, component, epoch)
      crossings.set(part, crossedAt)
      if (crossedAt > truth.until) continue
      failures += 1
      const first = firstRaised.get(part)
      if (first !== undefined && first < crossedAt) leads.push((crossedAt - first) / dayMs)
    }
  }
  const falseAlarms = raised.filter(({ device, component, epoch, at }) => {
    const crossedAt = crossings.get(partKey(device, component, epoch))
    return crossedAt === undefined || crossedAt > at + falseAlarmMs
  }).length
  return {
    failures,
    foreseen: leads.length,
    missed: failures - leads.length,
    falseAlarms,
    medianLeadDays: median(leads),
  }
}

function partKey(device: string, component: string, epoch: number): string {
  return `${device}/${component}/${epoch}`
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2
}
