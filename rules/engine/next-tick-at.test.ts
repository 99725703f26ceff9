import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'
import { hotBatteryRule, parseRule, shippedKinds, start } from '../testing/rules.ts'
import { createEngine } from './create-engine.ts'
import type { DeviceState, Engine, RuleInput } from './engine.ts'

const ofDevice = (rule: string, detect: string, more = {}) =>
  parseRule(hotBatteryRule({ rule, component: 'device', detect, ...more }))

const engine = createEngine({
  kinds: shippedKinds,
  rules: [
    ofDevice('phone.silent', '{ silence: { intervals: 8 } }'),
    ofDevice('phone.long_silent', '{ silence: { intervals: 8 } }', { for: '36h' }),
    ofDevice('phone.half_year', '{ calendar: { every: 1mo } }'),
    ofDevice('phone.spring', '{ calendar: { before: spring } }', { for: '48h' }),
    ofDevice(
      'phone.old_or_silent',
      '{ any: { of: [ { calendar: { months: [2] } }, { silence: { intervals: 20 } } ] } }',
    ),
    parseRule(hotBatteryRule({ for: '24h' })),
  ],
})

const device = { id: 'phone-1', kind: 'phone' }

/** Return ticks every six hours, with the inputs of a device in between. */
function buildInputs(
  events: readonly { after: number; is: 'reads' | 'heard' | 'silent' | 'replaced' }[],
): RuleInput[] {
  const inputs: RuleInput[] = [{ type: 'device', device }]
  let at = start
  for (const { after, is } of events) {
    for (let tick = 1; tick <= after; tick++) inputs.push({ type: 'tick', at: at + (tick * dayMs) / 4 })
    at += (after * dayMs) / 4 + 1_000
    const reading = { device: device.id, ts: at, values: { battery_temp_c: 50 } }
    if (is === 'reads') inputs.push({ type: 'reading', reading, receivedAt: at })
    if (is === 'heard') inputs.push({ type: 'heard', at })
    if (is === 'replaced')
      inputs.push({ type: 'part_replaced', device: device.id, component: 'battery', ts: at })
  }
  return inputs
}

/** Run with all ticks, or without those that can be skipped. */
function collectFindings(inputs: readonly RuleInput[], ticks: 'all' | 'needed'): Finding[] {
  const findings: Finding[] = []
  let state: DeviceState | undefined
  for (const input of inputs) {
    if (ticks === 'needed' && canSkipTick(engine, state, input)) continue
    const step = engine.step(state, input)
    state = step.state
    findings.push(...step.findings)
  }
  return findings
}

function canSkipTick({ nextTickAt }: Engine, state: DeviceState | undefined, input: RuleInput): boolean {
  return input.type === 'tick' && state !== undefined && input.at < nextTickAt(state)
}

/** Count the ticks that cannot be skipped. */
function countTicks(engine: Engine, inputs: readonly RuleInput[]): number {
  let state: DeviceState | undefined
  let ticks = 0
  for (const input of inputs) {
    if (canSkipTick(engine, state, input)) continue
    if (input.type === 'tick') ticks++
    state = engine.step(state, input).state
  }
  return ticks
}

describe('ticks that are skipped', () => {
  it('change nothing', () => {
    const event = fc.record({
      after: fc.integer({ min: 0, max: 60 }),
      is: fc.constantFrom('reads' as const, 'heard' as const, 'silent' as const, 'replaced' as const),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const inputs = buildInputs(events)
        expect(collectFindings(inputs, 'needed')).toEqual(collectFindings(inputs, 'all'))
      }),
    )
  })

  it('are all of them between the first reading and the start of silence', () => {
    const silent = createEngine({
      kinds: shippedKinds,
      rules: [ofDevice('phone.silent', '{ silence: { intervals: 8 } }')],
    })
    const inputs = buildInputs(Array.from({ length: 100 }, () => ({ after: 4, is: 'reads' as const })))
    const untilFirstReading = 4
    expect(countTicks(silent, inputs)).toBe(untilFirstReading)
  })
})
