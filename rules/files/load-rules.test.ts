import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  catalogFolder,
  hotBatteryRule,
  parseRule,
  shippedDetectors,
  shippedKinds,
  shippedReferences,
} from '../testing/rules.ts'
import { loadRules, validateRules, validateRuleText } from './load-rules.ts'
import { formatProblem } from './rule-file-problem.ts'

function problemsOf(text: string): string[] {
  return validateRuleText({ file: 'x.yaml', text }, shippedReferences).problems.map(formatProblem)
}

describe('a problem in a rule', () => {
  const threshold = (config: string) => hotBatteryRule({ detect: `{ threshold: { ${config} } }` })
  const drop = (config: string) =>
    hotBatteryRule({ detect: `{ drop: { metric: battery_health_pct, percent: 9, ${config} } }` })

  it.each([
    [
      'no YAML',
      'rule: [',
      'x.yaml:1:8: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['nothing', '', 'x.yaml:1:1: rule is missing; it must be a text'],
    [
      'an unknown key',
      hotBatteryRule({ serverity: 'minor' }),
      'x.yaml:7:1: unknown key "serverity"; did you mean "severity"? allowed: rule, kind, component, detect, for, clear, hold, latch, late, repeat, unless, only_while, severity, then, tests',
    ],
    [
      'an unknown key deep inside',
      `${hotBatteryRule()}then: { ticket: { sla: level1, parts: battery } }`,
      'x.yaml:7:32: unknown key "parts"; did you mean "part"? allowed: sla, part, skill',
    ],
    [
      'a value that is not allowed',
      hotBatteryRule({ severity: 'mayor' }),
      'x.yaml:5:11: unknown value of severity "mayor"; did you mean "major"? allowed: critical, major, minor, warning',
    ],
    [
      'a wrong type',
      hotBatteryRule({ latch: 'often' }),
      'x.yaml:7:8: latch is "often"; it must be true or false',
    ],
    [
      'a wrong duration',
      hotBatteryRule({ for: '1 day' }),
      'x.yaml:7:6: for: "1 day" cannot be read; it must be a duration such as 30d, 24h or 10m',
    ],
    [
      'an unknown kind',
      hotBatteryRule({ kind: 'fone' }),
      `x.yaml:2:7: unknown kind "fone"; did you mean "phone"? allowed: ${[...shippedKinds.keys()].join(', ')}`,
    ],
    [
      'an unknown component',
      hotBatteryRule({ component: 'batery' }),
      'x.yaml:3:12: unknown component of phone "batery"; did you mean "battery"? allowed: battery, device',
    ],
    [
      'the name of another kind',
      hotBatteryRule({ rule: 'oven.hot' }),
      'x.yaml:1:7: the rule oven.hot is for the kind phone; its name must begin with phone.',
    ],
    [
      'an unknown metric',
      threshold('metric: battery_temp, above: 45'),
      'x.yaml:4:32: unknown metric of phone "battery_temp"; did you mean "battery_temp_c"? allowed: battery_health_pct, battery_cycles, charge_counter_mah, design_capacity_mah, battery_temp_c, charge_health_pct',
    ],
    [
      'two limits',
      threshold('metric: battery_temp_c, above: 45, below: 1'),
      'x.yaml:4:22: detect.threshold: it must name exactly one limit, below:, above: or zone:',
    ],
    [
      'a limit that cannot be reached',
      threshold('metric: battery_temp_c, above: 450'),
      'x.yaml:4:55: above: 450 is outside of what battery_temp_c can be; it must lie within -40 … 90',
    ],
    [
      'two detectors',
      hotBatteryRule({
        detect: '{ threshold: { metric: battery_temp_c, above: 45 }, silence: { intervals: 3 } }',
      }),
      `x.yaml:4:9: detect: it must name exactly one detector; allowed: ${shippedDetectors.names.join(', ')}`,
    ],
    [
      'an unknown detector',
      hotBatteryRule({ detect: '{ treshold: {} }' }),
      `x.yaml:4:11: unknown key "treshold"; did you mean "threshold"? allowed: ${shippedDetectors.names.join(', ')}`,
    ],
    [
      'clear on the wrong side',
      hotBatteryRule({ clear: '46' }),
      'x.yaml:7:8: clear: 46 is on the bad side of the limit; it must be at most 45',
    ],
    [
      'clear of a drop on the wrong side',
      `${drop('')}clear: 10\n`,
      'x.yaml:7:8: clear: 10 is on the bad side of 9 %; it is the drop in percent from which on it is good again, 0 … 9',
    ],
    [
      'a drop of what rises',
      hotBatteryRule({
        rule: 'robot_vacuum.x',
        kind: 'robot_vacuum',
        detect: '{ drop: { metric: filter_dp_pa, percent: 9 } }',
        tests: '[{ name: x, expect: [] }]',
      }),
      'x.yaml:4:27: filter_dp_pa gets worse when it rises; use threshold or forecast with above:',
    ],
    [
      'too many bins',
      drop('at: { metric: battery_cycles, bin: 10 }'),
      'x.yaml:4:94: bin: 10 makes more than 50 bins; make it at least 400',
    ],
    [
      'a bin that is none',
      drop('at: { metric: battery_temp_c, bin: 10 }, new: { 15: 99 }'),
      'x.yaml:4:107: no bin begins at 15; its keys are lower ends of bins, multiples of 10',
    ],
    [
      'a hold that is none',
      hotBatteryRule({ hold: '{ for: 1d, raises: 0 }' }),
      'x.yaml:7:26: hold.raises is 0; it must be at least 1',
    ],
    [
      'a hold with an unknown key',
      hotBatteryRule({ hold: '{ for: 1d, raise: 3 }' }),
      'x.yaml:7:18: unknown key "raise"; did you mean "raises"? allowed: for, raises, within',
    ],
    [
      'a hold that is no duration',
      hotBatteryRule({ hold: 'long' }),
      'x.yaml:7:7: hold.for: "long" cannot be read; it must be a duration such as 30d, 24h or 10m',
    ],
    [
      'a former way to hold',
      hotBatteryRule({ flap: '{ raises: 3 }' }),
      'x.yaml:7:1: the key "flap" no longer exists; write hold: { for: 14d, raises: 3, within: 30d }',
    ],
    [
      'a former detector',
      hotBatteryRule({ detect: '{ trend: { metric: battery_health_pct, below: 80, within: 30d } }' }),
      'x.yaml:4:11: the key "trend" no longer exists; write forecast: with learn_from: own',
    ],
    [
      'a former detector in a combination',
      hotBatteryRule({
        detect:
          '{ all: { of: [{ life: { metric: battery_health_pct, below: 80, within: 30d } }, { silence: { intervals: 3 } }] } }',
      }),
      'x.yaml:4:25: the key "life" no longer exists; write forecast: with learn_from: fleet',
    ],
    [
      'an unless that names no rule',
      hotBatteryRule({ unless: '[dead]' }),
      'x.yaml:7:10: unless.0 is "dead"; it must be a name such as phone.battery_worn',
    ],
    [
      'a clear for silence',
      hotBatteryRule({ detect: '{ silence: { intervals: 3 } }', clear: '1' }),
      'x.yaml:7:8: silence has no clear:; it ends when the device is heard again',
    ],
    ['no tests', hotBatteryRule({ tests: '[]' }), 'x.yaml:6:8: tests: a rule needs at least one test'],
    [
      'a series that cannot be read',
      hotBatteryRule({ tests: '[{ name: x, series: { battery_temp_c: "1x" }, expect: [] }]' }),
      'x.yaml:6:46: tests.0.series.battery_temp_c: "1x" cannot be read; it must be a series such as "90-0.2x60 every 1d" or "1 2 _ 4x3~0.5 every 6h from 10d"',
    ],
    [
      'a series of no metric',
      hotBatteryRule({ tests: '[{ name: x, series: { battery_tmp_c: "1 every 1d" }, expect: [] }]' }),
      'x.yaml:6:30: unknown metric of phone "battery_tmp_c"; did you mean "battery_temp_c"? allowed: battery_health_pct, battery_cycles, charge_counter_mah, design_capacity_mah, battery_temp_c',
    ],
  ])('%s', (_what, text, problem) => {
    expect(problemsOf(text)).toContain(problem)
  })
})

describe('a rule', () => {
  it('has a version that its tests do not change, nor the order of its keys', () => {
    const { version } = parseRule(hotBatteryRule())
    expect(parseRule(hotBatteryRule({ tests: '[{ name: other, expect: [] }]' })).version).toBe(version)
    expect(parseRule(hotBatteryRule().split('\n').reverse().join('\n')).version).toBe(version)
    expect(parseRule(hotBatteryRule({ severity: 'minor' })).version).not.toBe(version)
  })

  it('has defaults', () => {
    expect(parseRule(hotBatteryRule())).toMatchObject({ forMs: 0, latch: false, latePolicy: 'features' })
  })
})

describe('validateRules', () => {
  it('finds no problem in the catalogue', async () => {
    const { rules, problems } = await validateRules([catalogFolder], shippedReferences)
    expect(problems).toEqual([])
    expect(rules).toHaveLength(32)
  })

  it('reports a notice without a text', async () => {
    const references = { ...shippedReferences, notices: ['battery_replacement', 'filter_service'] }
    const { problems } = await validateRules(
      [join(catalogFolder, 'washing_machine.drum_vibration.yaml')],
      references,
    )
    expect(problems.map(({ message, hint }) => `${message}; ${hint}`)).toEqual([
      'unknown notice "drum_service"; allowed: battery_replacement, filter_service',
    ])
  })

  it('reports a path that does not exist', async () => {
    const { problems } = await validateRules(['/no/such/rule.yaml'], shippedReferences)
    expect(problems.map(formatProblem)).toEqual([
      expect.stringMatching(/^\/no\/such\/rule\.yaml:1:1: the file cannot be read: ENOENT/),
    ])
  })

  it('rejects two rules of one name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'forewarn-rules-'))
    await writeFile(join(folder, 'a.yaml'), hotBatteryRule())
    await writeFile(join(folder, 'b.yaml'), hotBatteryRule())
    const loading = loadRules([folder], shippedReferences)
    await expect(loading).rejects.toThrow(
      `b.yaml:1:7: the rule phone.battery_hot is also defined in ${folder}/a.yaml`,
    )
    await rm(folder, { recursive: true })
  })
})
