import { describe, expect, it } from 'vitest'
import type { Device } from '../../contract/device.ts'
import type { Reading } from '../../contract/reading.ts'
import { dayMs, hourMs } from '../../lib/time.ts'
import { hotBatteryRule, parseRule, shippedKinds, start } from '../../rules/testing/rules.ts'
import { type BacktestOptions, backtest } from './backtest.ts'
import type { FindingLog } from './finding-log.ts'
import { buildRuleSets } from './rule-sets.ts'
import {
  batteryHealthReadings,
  type InMemoryHistoryOptions,
  inMemoryHistory,
  linearDecline,
  phoneDevice,
} from './testing/in-memory-history.ts'
import { diffTickets } from './ticket-diff.ts'

// Written out, the key would make the object look like a promise.
const consequences = 'then'

const below = (limit: number, changes: Record<string, string> = {}) =>
  parseRule(
    hotBatteryRule({
      rule: 'phone.battery_low',
      detect: `{ threshold: { metric: battery_health_pct, below: ${limit} } }`,
      clear: String(limit + 1),
      [consequences]: '{ ticket: { sla: level3 } }',
      ...changes,
    }),
  )

async function run(stored: InMemoryHistoryOptions, changes: Partial<BacktestOptions> = {}) {
  const history = inMemoryHistory(stored)
  return backtest({
    history,
    devices: await history.devices(),
    kinds: shippedKinds,
    rules: buildRuleSets([below(80)], [below(85)]),
    compareWithLive: true,
    ...changes,
  })
}

/** `raised 3 a`: on day 3, of device a. */
function story(log: FindingLog | undefined): string[] {
  return (log?.alarmEvents() ?? []).map(
    ({ state, at, device }) => `${state} ${(at - start) / dayMs} ${device}`,
  )
}

const worn: InMemoryHistoryOptions = {
  devices: ['a', 'b', 'c'].map(phoneDevice),
  readings: [
    ...batteryHealthReadings('a', linearDecline(90, 0.5, 40)),
    ...batteryHealthReadings('b', linearDecline(90, 0.15, 40)),
    ...batteryHealthReadings('c', Array(40).fill(99)),
  ],
}

describe('a backtest', () => {
  it('reports what the candidate and the live rules would have raised, and the tickets', async () => {
    const { candidate, live, readings } = await run(worn)
    expect(readings).toBe(120)
    expect(story(candidate)).toEqual(['raised 11 a', 'raised 34 b'])
    expect(story(live)).toEqual(['raised 21 a'])
    const line = { component: 'battery', epoch: 0, rule: 'phone.battery_low' }
    expect(diffTickets(candidate, live)).toEqual({
      candidate: 2,
      live: 1,
      gained: [{ device: 'b', ...line, openedAt: start + 34 * dayMs }],
      lost: [],
      moved: [{ device: 'a', ...line, openedAt: start + 11 * dayMs, liveOpenedAt: start + 21 * dayMs }],
    })
  })

  it('of a loosened rule loses tickets', async () => {
    const { candidate, live } = await run(worn, { rules: buildRuleSets([below(85)], [below(80)]) })
    const { gained, lost, moved } = diffTickets(candidate, live)
    expect(gained).toEqual([])
    expect(lost.map(({ device }) => device)).toEqual(['b'])
    expect(moved.map(({ device }) => device)).toEqual(['a'])
  })

  it('runs without the live rules when they are not requested', async () => {
    const { candidate, live } = await run(worn, { compareWithLive: false })
    expect(live).toBeUndefined()
    expect(diffTickets(candidate, live)).toEqual({ candidate: 2, gained: [], lost: [], moved: [] })
  })

  it('counts from a day on, with the state of the warm-up', async () => {
    const { candidate, live, from } = await run(worn, { from: start + 20 * dayMs })
    expect(from).toBe(start + 20 * dayMs)
    expect(candidate.counts('phone.battery_low')).toEqual({ raised: 1, updated: 0, cleared: 0 })
    expect(live?.counts('phone.battery_low')).toEqual({ raised: 1, updated: 0, cleared: 0 })
    const { candidate: opened, gained, moved } = diffTickets(candidate, live)
    expect(opened).toBe(1)
    expect(gained.map(({ device }) => device)).toEqual(['b'])
    expect(moved.map(({ device }) => device)).toEqual(['a'])
  })

  it('ends at the given time', async () => {
    expect(story((await run(worn, { to: start + 34 * dayMs })).candidate)).toEqual(['raised 11 a'])
  })

  it('starts a new epoch where a part was replaced, with its own ticket', async () => {
    const { candidate } = await run({
      devices: [phoneDevice('a')],
      readings: batteryHealthReadings('a', [...linearDecline(90, 1, 20), ...linearDecline(100, 1, 20)]),
      replacements: [
        { device: 'a', component: 'battery', ts: start + 19.5 * dayMs },
        { device: 'another device', component: 'battery', ts: start + 19.5 * dayMs },
      ],
    })
    expect(story(candidate)).toEqual(['raised 6 a', 'cleared 19.5 a', 'raised 36 a'])
    expect([...candidate.tickets().values()].map(({ epoch }) => epoch)).toEqual([0, 1])
  })

  it('opens one ticket per part, however many findings are raised', async () => {
    const { candidate } = await run({
      devices: [phoneDevice('a')],
      readings: batteryHealthReadings('a', [90, 84, 90, 84, 90, 84]),
    })
    expect(candidate.counts('phone.battery_low').raised).toBe(3)
    expect(candidate.tickets().size).toBe(1)
  })

  it('reports its progress', async () => {
    const done: number[] = []
    await run(worn, { onProgress: (progress) => done.push(progress.done) })
    expect(done).toEqual(done.toSorted((a, b) => a - b))
    expect(done.at(-1)).toBeCloseTo(1, 1)
  })

  it('stops on an abort signal', async () => {
    await expect(run(worn, { signal: AbortSignal.abort() })).rejects.toThrow('aborted')
  })

  it.each([
    ['no readings at all', { ...worn, readings: [] }, {}, 'no readings are stored'],
    ['nothing in the span', worn, { from: start + 90 * dayMs }, 'nothing is stored from 2026-04-01'],
    ['none of these devices', worn, { devices: [] }, 'nothing is stored of these devices'],
  ])('rejects %s', async (_what, stored, changes, message) => {
    await expect(run(stored, changes)).rejects.toThrow(message)
  })
})

describe('time in a backtest', () => {
  const silent = parseRule(
    hotBatteryRule({ rule: 'phone.silent', component: 'device', detect: '{ silence: { intervals: 6 } }' }),
  )
  const rules = buildRuleSets([], [silent])
  const health = (device: string, days: number): Reading => ({
    device,
    ts: start + days * dayMs,
    values: { battery_health_pct: 90 },
  })

  it('ticks every hour for a late device', async () => {
    const readings = [0, 0.25, 0.5, 4].map((days) => health('a', days))
    const others = Array.from({ length: 20 }, (_, n) => health('b', n / 4))
    const { candidate } = await run(
      { devices: ['a', 'b'].map(phoneDevice), readings: [...readings, ...others] },
      { rules, compareWithLive: false },
    )
    const [raised, ...rest] = candidate.alarmEvents()
    // Six intervals of six hours after the last reading, and the next hourly tick.
    expect(raised).toMatchObject({ device: 'a', state: 'raised' })
    expect(((raised?.at ?? 0) - start) / dayMs).toBeGreaterThanOrEqual(2)
    expect(((raised?.at ?? 0) - start) / dayMs).toBeLessThanOrEqual(2 + 1 / 24)
    expect(rest.map(({ device, state }) => `${device} ${state}`)).toEqual(['a cleared'])
  })

  it('reports no device as silent before it was first seen', async () => {
    const readings = Array.from({ length: 20 }, (_, n) => health('b', n / 4))
    const history = inMemoryHistory({ devices: ['b', 'late'].map(phoneDevice), readings })
    const devices = (await history.devices()).map((device) =>
      device.id === 'late' ? { ...device, firstSeen: start + 100 * dayMs } : device,
    )
    const { candidate } = await run(
      { devices: [], readings },
      { history, devices, rules, compareWithLive: false },
    )
    expect(candidate.alarmEvents()).toEqual([])
  })
})

it('learns from the fleet within an hour of its first contributions', async () => {
  const rule = parseRule(
    hotBatteryRule({ detect: '{ cohort: { metric: battery_temp_c, side: higher, peers: 10 } }' }),
  )
  const device = (id: string): Device => ({ id, kind: 'phone', model: 'P1', firmware: '1' })
  const ids = Array.from({ length: 40 }, (_, n) => `phone-${n}`)
  const temperatures = (id: string, temperature: number): Reading[] =>
    Array.from({ length: 16 }, (_, n) => ({
      device: id,
      ts: start + (n * dayMs) / 4,
      values: { battery_temp_c: temperature + (n % 2) / 10 },
    }))
  const readings = [...ids.flatMap((id, n) => temperatures(id, 20 + (n % 10))), ...temperatures('hot', 44)]
  const { candidate } = await run(
    { devices: [...ids, 'hot'].map(device), readings },
    { rules: buildRuleSets([], [rule]), compareWithLive: false },
  )
  const alarms = candidate.alarmEvents()
  expect(alarms.map((alarm) => alarm.device)).toEqual(['hot'])
  // Three readings are a level: the model of 13:00 has it.
  expect(alarms[0]?.at).toBe(start + 18 * hourMs)
})
