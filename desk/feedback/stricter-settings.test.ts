import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { validateRuleText } from '../../rules/files/load-rules.ts'
import {
  catalogFolder,
  hotBatteryRule,
  shippedDetectors,
  shippedReferences,
} from '../../rules/testing/rules.ts'
import { enumerateStricterSettings } from './stricter-settings.ts'

const settingsOf = (detect: string) =>
  enumerateStricterSettings({ file: 'a.yaml', text: hotBatteryRule({ detect }) }, shippedDetectors).map(
    ({ setting, from, to }) => `${setting.replace('detect.', '')}: ${from} → ${to}`,
  )

describe('stricter settings', () => {
  it('move a limit away from the good side, and require more readings', () => {
    expect(settingsOf('{ threshold: { metric: battery_temp_c, above: 40, in_a_row: 2 } }')).toEqual([
      'threshold.above: 40 → 41',
      'threshold.above: 40 → 42',
      'threshold.above: 40 → 44',
      'threshold.in_a_row: 2 → 3',
      'threshold.in_a_row: 2 → 5',
    ])
    expect(settingsOf('{ threshold: { metric: freezer_temp_c, below: -10 } }')).toContain(
      'threshold.below: -10 → -11',
    )
  })

  it('require more confidence and a shorter horizon', () => {
    const detect = '{ forecast: { metric: battery_health_pct, below: 80, within: 30d, confidence: 0.9 } }'
    expect(settingsOf(detect)).toEqual([
      'forecast.below: 80 → 78',
      'forecast.below: 80 → 76',
      'forecast.below: 80 → 72',
      'forecast.confidence: 0.9 → 0.95',
      'forecast.within: 30d → 20d',
      'forecast.within: 30d → 15d',
    ])
    expect(settingsOf('{ usage: { metric: runtime_h, every: 300, within: 36h } }')).toEqual([
      'usage.within: 36h → 18h',
    ])
  })

  it('include the nested detectors of a combination', () => {
    const any =
      '{ any: { of: [{ threshold: { metric: a, above: 100 } }, { silence: { intervals: 8 } }], within: 2d } }'
    expect(settingsOf(any)).toContain('any.of.0.threshold.above: 100 → 105')
    expect(settingsOf(any)).toContain('any.of.1.silence.intervals: 8 → 16')
    expect(settingsOf(any).filter((line) => line.includes('within'))).toEqual([])
  })

  it.each([
    '{ calendar: { every: 6mo } }',
    '{ threshold: { metric: battery_temp_c, above: 0 } }',
    '{ forecast: { metric: battery_health_pct, within: soon } }',
    'nonsense',
  ])('has none for %s', (detect) => {
    expect(settingsOf(detect)).toEqual([])
  })

  it('keep the rest of the file, including comments', () => {
    const text = `# Hot.\n${hotBatteryRule({ detect: '{ threshold: { metric: battery_temp_c, above: 40 } }' })}`
    const [first] = enumerateStricterSettings({ file: 'a.yaml', text }, shippedDetectors)
    expect(first?.text.replace('41', '40')).toBe(text)
  })

  const files = readdirSync(catalogFolder)
  it.each(files)('of %s are valid rules, or rejected by the caller’s validation', (file) => {
    const text = readFileSync(join(catalogFolder, file), 'utf8')
    const checked = enumerateStricterSettings({ file, text }, shippedDetectors).map(
      (stricter) => validateRuleText({ file, text: stricter.text }, shippedReferences).rule?.rule.version,
    )
    expect(checked.filter((version) => version !== undefined).length).toBeGreaterThanOrEqual(
      text.includes('calendar:') ? 0 : 1,
    )
    expect(new Set(checked).size).toBe(checked.length)
  })
})
