import { expect, it } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { hotBatteryRule, rulesEntry, shippedReferences, start } from '../testing/rules.ts'
import { applyChange, type CompileOptions, type LiveRuleSet } from './live-rule-set.ts'

it('a rule that the journal holds in a former language runs on, with the version it had', () => {
  const entry = rulesEntry([hotBatteryRule()])
  const detect = '{ trend: { metric: battery_health_pct, below: 80, within: 30d } }'
  const [live] = entry.live
  if (live === undefined) throw new Error('there is no live rule')
  const text = hotBatteryRule({ detect, flap: '{ raises: 2 }' })
  const errors: unknown[] = []
  const options: CompileOptions = { ...shippedReferences, onError: (error) => errors.push(error) }
  const { liveRuleSet } = applyChange(
    {} as LiveRuleSet,
    { ...entry, live: [{ ...live, text, version: 'f00df00d' }] },
    options,
  )
  expect(errors).toEqual([])
  const device = { id: 'phone-1', kind: 'phone' }
  let { state } = liveRuleSet.engine.step(undefined, { type: 'device', device })
  const findings = [0, 7].flatMap((day) => {
    const reading = { device: device.id, ts: start + day * dayMs, values: { battery_health_pct: 76 } }
    const step = liveRuleSet.engine.step(state, { type: 'reading', reading })
    state = step.state
    return step.findings
  })
  expect(findings).toMatchObject([
    { state: 'raised', version: 'f00df00d', evidence: { detector: 'forecast' } },
  ])
})
