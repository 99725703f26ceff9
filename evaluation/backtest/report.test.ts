import { describe, expect, it } from 'vitest'
import type { FleetGroundTruth, PartGroundTruth } from '../../contract/ground-truth.ts'
import { dayMs } from '../../lib/time.ts'
import { hotBatteryRule, parseRule, shippedKinds, start } from '../../rules/testing/rules.ts'
import { backtest } from './backtest.ts'
import { renderBacktestPage } from './page/page.tsx'
import { buildPartCharts } from './page/part-charts.ts'
import type { PartVerdict } from './replay-history.ts'
import { buildReport } from './report.ts'
import { formatReport } from './report-text.ts'
import { buildRuleSets } from './rule-sets.ts'
import {
  batteryHealthReadings,
  inMemoryHistory,
  linearDecline,
  phoneDevice,
} from './testing/in-memory-history.ts'

// Written out, the key would make the object look like a promise.
const consequences = 'then'

const below = (limit: number) =>
  parseRule(
    hotBatteryRule({
      rule: 'phone.battery_low',
      detect: `{ threshold: { metric: battery_health_pct, below: ${limit} } }`,
      [consequences]: '{ ticket: { sla: level3 } }',
    }),
  )

const odd = '<b>"odd"</b>'

/** One falls below 80 on day 21, one below 85 on day 34, one never. */
const stored = {
  devices: ['a', odd, 'c'].map(phoneDevice),
  readings: [
    ...batteryHealthReadings('a', linearDecline(90, 0.5, 40)),
    ...batteryHealthReadings(odd, linearDecline(90, 0.15, 40)),
    ...batteryHealthReadings('c', Array(40).fill(99)),
  ],
}

const verdicts: PartVerdict[] = [
  { device: 'a', component: 'battery', epoch: 0, verdict: 'worn' },
  { device: 'c', component: 'battery', epoch: 0, verdict: 'worn' },
  { device: odd, component: 'battery', epoch: 0, verdict: 'sensor_fault' },
  { device: odd, component: 'battery', epoch: 1, verdict: 'other' },
  { device: 'another device', component: 'battery', epoch: 0, verdict: 'worn' },
]

function life(crossedAt: number | null): PartGroundTruth {
  const span = { from: null, maintainedAt: null, crossedAt, wouldCrossAt: crossedAt }
  const part = { component: 'battery', epoch: 0, metric: 'battery_health_pct' }
  return {
    ...part,
    failureDirection: 'below',
    limit: 80,
    installedAt: null,
    replacedAt: null,
    intervals: [span],
  }
}

const truth: FleetGroundTruth = {
  seed: 1,
  from: start,
  until: start + 40 * dayMs,
  horizon: start + 400 * dayMs,
  devices: [
    ['a', life(start + 20.5 * dayMs)],
    [odd, life(start + 300 * dayMs)],
    ['c', life(null)],
    ['not replayed', life(start + 5 * dayMs)],
  ].map(([device, own]) => ({
    device: device as string,
    kind: 'phone',
    parts: [own as PartGroundTruth],
    injected: {
      backlogReadings: 0,
      duplicateReadings: 0,
      lateReadings: 0,
      stuckReadings: 0,
      spikeReadings: 0,
      saturatedReadings: 0,
      clock1970Readings: 0,
      clock2020Readings: 0,
    },
  })),
}

async function reported(compareWithLive = true) {
  const history = inMemoryHistory(stored)
  const devices = await history.devices()
  const candidates = [below(85)]
  const rules = buildRuleSets([below(80)], candidates)
  const replayed = await backtest({
    history,
    devices,
    kinds: shippedKinds,
    rules,
    compareWithLive,
  })
  const report = buildReport(replayed, { rules, candidates, devices, verdicts, truth, elapsedMs: 2_000 })
  const charts = await buildPartCharts({ history, replayed, tickets: report.tickets, truth })
  return { report, page: renderBacktestPage(report, charts) }
}

describe('the report of a backtest', () => {
  it('counts the findings of each version, and the rate per device-year', async () => {
    const { report } = await reported()
    const years = (3 * 39) / 365.25
    expect(report).toMatchObject({ devices: 3, readings: 120, readingsPerSecond: 60 })
    expect(report.deviceYears).toBeCloseTo(years)
    const [rule] = report.rules
    expect(rule).toMatchObject({
      rule: 'phone.battery_low',
      devices: 3,
      candidate: { version: below(85).version, raised: 2, cleared: 0 },
      live: { version: below(80).version, raised: 1 },
    })
    expect(rule?.candidate.alarmsPerDeviceYear).toBeCloseTo(2 / years)
  })

  it('scores against the ground truth of the replayed devices', async () => {
    const [rule] = (await reported()).report.rules
    expect(rule?.candidate.truth).toEqual({
      failures: 1,
      detected: 1,
      missed: 0,
      alarms: 2,
      falseAlarms: 1,
      precision: 0.5,
      recall: 1,
      medianLeadDays: 9.5,
    })
    // Raised half a day too late.
    expect(rule?.live?.truth).toMatchObject({ failures: 1, detected: 0, precision: 1, recall: 0 })
  })

  it('scores against the verdicts of technicians', async () => {
    const [rule] = (await reported()).report.rules
    expect(rule?.candidate.verdicts).toEqual({
      worn: 2,
      wornAlarmed: 1,
      healthy: 1,
      healthyAlarmed: 1,
      precision: 0.5,
      recall: 0.5,
    })
    expect(rule?.live?.verdicts).toMatchObject({ wornAlarmed: 1, healthyAlarmed: 0, precision: 1 })
  })

  it('is printed as text', async () => {
    const lines = formatReport((await reported()).report).join('\n')
    expect(lines).toContain('tickets: 1 live, 2 candidate: 1 gained, 0 lost, 1 earlier, 0 later')
    expect(lines).toContain(`+ ${odd} battery: phone.battery_low, 2026-02-04`)
    expect(lines).toContain('truth: precision 50 %, recall 100 %, median lead 10 days')
    expect(lines).toContain('technicians: 1 of 2 worn, 1 of 1 healthy parts alarmed')
    expect(formatReport((await reported(false)).report).join('\n')).toContain('\n2 tickets')
  })
})

describe('the page of a backtest', () => {
  it('draws each part that differs, with both limits and the findings of each rule set', async () => {
    const { page } = await reported()
    expect(page.match(/<figure /g)).toHaveLength(2)
    expect(page).toContain('<strong class="gained">gained</strong>')
    expect(page).toContain('<title>candidate raised 2026-01-12</title>')
    expect(page).toContain('<title>live raised 2026-01-22</title>')
    expect(page).toContain('<title>truly beyond its limit 2026-01-21</title>')
    expect(page.match(/class="limit candidate"/g)).toHaveLength(2)
    expect(page.match(/class="limit live"/g)).toHaveLength(2)
  })

  it('loads nothing, and escapes names', async () => {
    const { page } = await reported()
    expect(page).not.toMatch(/(src=|href=|url\(|@import|<script|<link)/)
    expect(page).toContain("default-src 'none'")
    expect(page).not.toContain(odd)
  })
})
