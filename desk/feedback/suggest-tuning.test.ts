import { describe, expect, it } from 'vitest'
import type { PartVerdict, ReplayHistory } from '../../evaluation/backtest/replay-history.ts'
import {
  batteryHealthReadings,
  type InMemoryHistoryOptions,
  inMemoryHistory,
  linearDecline,
  phoneDevice,
} from '../../evaluation/backtest/testing/in-memory-history.ts'
import { hotBatteryRule, parseRule, shippedReferences } from '../../rules/testing/rules.ts'
import { selectReplayDevices, suggestTuning } from './suggest-tuning.ts'

const rule = 'phone.battery_low'

const low = (limit: number, changes: Record<string, string> = {}) =>
  hotBatteryRule({
    rule,
    detect: `{ threshold: { metric: battery_health_pct, below: ${limit} } }`,
    ...changes,
  })

const verdict = (device: string, verdict: PartVerdict['verdict']): PartVerdict => ({
  device,
  component: 'battery',
  epoch: 0,
  verdict,
})

/** Of ten phones two are worn out; the others stop above 82 %. */
const historyOptions: InMemoryHistoryOptions = {
  devices: Array.from({ length: 10 }, (_, n) => phoneDevice(`p-${n}`)),
  readings: Array.from({ length: 10 }, (_, n) =>
    batteryHealthReadings(
      `p-${n}`,
      n < 2 ? linearDecline(90, 0.5, 60) : [...linearDecline(90, 0.5, 15), ...Array(45).fill(83)],
    ),
  ).flat(),
  verdicts: Array.from({ length: 10 }, (_, n) => verdict(`p-${n}`, n < 2 ? 'worn' : 'not_worn')),
}

function ask(history: Partial<ReplayHistory>, text = low(85)) {
  return suggestTuning(
    { rule, version: parseRule(text).version },
    {
      history: {
        ...inMemoryHistory(historyOptions),
        liveRules: async () => [{ file: 'low.yaml', text }],
        ...history,
      },
      vocabulary: shippedReferences,
    },
  )
}

describe('a suggested setting', () => {
  it('has a higher precision and similar recall, with metrics and rule file', async () => {
    expect(await ask({})).toEqual({
      is: 'setting',
      setting: 'detect.threshold.below',
      from: 85,
      to: 82.9,
      before: { alarms: 10, worn: 2, sound: 8, precision: 0.2, recall: 1 },
      after: { alarms: 2, worn: 2, sound: 0, precision: 1, recall: 1 },
      alarms: { kept: 2, lost: 8, gained: 0 },
      history: { from: '2026-01-01T00:00:00.000Z', until: '2026-03-01T00:00:00.001Z', devices: 10 },
      tried: 3,
      failingTests: [],
      text: low(82.9),
    })
  })

  it('lists the rule’s tests that fail with it', async () => {
    const tests =
      '[{ name: tells early, series: { battery_health_pct: "84x4 every 1d" }, expect: [{ at: 0d, finding: raised }] }]'
    expect(await ask({}, low(85, { tests }))).toMatchObject({ failingTests: ['tells early'] })
  })

  it.each<[string, Partial<ReplayHistory>, string?, string?]>([
    [
      'does not miss what is worn',
      { verdicts: async () => [verdict('p-2', 'worn'), verdict('p-3', 'not_worn')] },
      'none of 3 stricter settings has a higher precision without missing more than a tenth of the worn parts',
    ],
    ['needs readings', inMemoryHistory({ ...historyOptions, readings: [] }), 'no readings are stored'],
    [
      'needs verdicts',
      { verdicts: async () => [] },
      'the replayed rule alarms no part that a technician looked at',
    ],
    ['is for a live rule', { liveRules: async () => [] }, 'this version of the rule is not live any more'],
    [
      'is for a rule that has one',
      {},
      'the rule names no setting that could be stricter',
      hotBatteryRule({ rule, detect: '{ calendar: { every: 6mo } }' }),
    ],
  ])('%s', async (_what, history, why, text = low(85)) => {
    const { readings, verdicts, liveRules, extent } = history
    const changed = Object.fromEntries(
      Object.entries({ readings, verdicts, extent }).filter(([, value]) => value !== undefined),
    )
    const live = liveRules && _what !== 'needs readings' ? { liveRules } : {}
    expect(await ask({ ...changed, ...live }, text)).toEqual({ is: 'none', why })
  })

  it('can be aborted', async () => {
    const history = {
      ...inMemoryHistory(historyOptions),
      liveRules: async () => [{ file: 'low.yaml', text: low(85) }],
    }
    const options = { history, vocabulary: shippedReferences, signal: AbortSignal.abort() }
    await expect(suggestTuning({ rule, version: parseRule(low(85)).version }, options)).rejects.toThrow(
      'aborted',
    )
  })
})

it('replays the devices with verdicts, and some of the others', () => {
  const devices = Array.from({ length: 2_000 }, (_, n) => ({ id: `d-${n}`, kind: 'phone', firstSeen: 0 }))
  const others = [{ id: 'v-1', kind: 'vehicle', firstSeen: 0 }]
  const verdicts = [verdict('d-7', 'worn'), verdict('d-1999', 'not_worn')]
  const chosen = selectReplayDevices([...others, ...devices], { kind: 'phone', verdicts }).map(({ id }) => id)
  expect(chosen.slice(0, 2)).toEqual(['d-7', 'd-1999'])
  expect(new Set(chosen).size).toBe(500)
  expect(chosen).not.toContain('v-1')
  expect(selectReplayDevices(devices.slice(0, 3), { kind: 'phone', verdicts: [] })).toHaveLength(3)
})
