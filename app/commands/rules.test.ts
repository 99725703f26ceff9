import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCommand } from '../../test/support/run-command.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forewarn-rules-'))
})
afterAll(() => rm(folder, { recursive: true }))

const rule = `rule: phone.battery_low
kind: phone
component: battery
detect:
  threshold: { metric: battery_health_pct, below: 80 }
clear: 82
severity: minor
tests:
  - name: falls slowly
    series: { battery_health_pct: "90-0.2x60 every 1d" }
    expect: [{ at: 51d, finding: raised }]
`

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, text)
  return file
}

const broken = [
  [
    'an unknown key',
    rule.replace('severity: minor', 'severty: minor'),
    '7:1: unknown key "severty"; did you mean "severity"?',
  ],
  [
    'an unknown metric',
    rule.replace('battery_health_pct, below', 'battery_helth_pct, below'),
    '5:24: unknown metric of phone "battery_helth_pct"; did you mean "battery_health_pct"?',
  ],
  [
    'clear on the wrong side',
    rule.replace('clear: 82', 'clear: 78'),
    '6:8: clear: 78 is on the bad side of the limit; it must be at least 80',
  ],
  ['no YAML', rule.replace('below: 80 }', 'below: 80'), '6:1: Flow map in block collection'],
  ['no tests', rule.slice(0, rule.indexOf('tests:')), '1:1: tests is missing; it must be a list'],
] as const

it.each(broken)('%s is told with its place and what would be right', async (_what, text, told) => {
  const file = await write('broken.yaml', text)
  const { code, stdout, stderr } = await runCommand(['rules', 'check', file])
  expect(code).toBe(1)
  expect(stderr).toContain(`${file}:${told}`)
  expect(stderr).not.toMatch(/^\s+at /m)
  expect(stdout).toMatch(/^0 rules in order, \d problems\n$/)
})

it('the problems are in the JSON too', async () => {
  const file = await write('broken.yaml', broken[2][1])
  const program = await runCommand(['rules', 'check', file, '--json'])
  expect(program.code).toBe(1)
  expect(program.result()).toEqual({
    rules: [],
    problems: [
      {
        file,
        line: 6,
        column: 8,
        message: 'clear: 78 is on the bad side of the limit',
        hint: 'it must be at least 80',
      },
    ],
    error: 'invalid rule files',
  })
})

it('the shipped rules are in order, and pass their tests', async () => {
  const checked = await runCommand(['rules', 'check', '--json'])
  expect(checked.code).toBe(0)
  const { rules, ...rest } = checked.result<{ rules: string[] }>()
  expect(rules).toContain('phone.battery_worn')
  expect(rest).toEqual({ problems: [] })

  const tested = await runCommand(['rules', 'test', '--json'])
  expect(tested.code, tested.stderr).toBe(0)
  expect(tested.result()).toMatchObject({ failed: 0, problems: [] })
})

it('a failed test reports the expected and the actual findings', async () => {
  const file = await write('late.yaml', rule.replace('at: 51d', 'at: 41d'))
  const { code, stdout } = await runCommand(['rules', 'test', file])
  expect(code).toBe(1)
  expect(stdout).toBe(
    '✗ phone.battery_low: falls slowly\n    expected raised by 41d\n    actual   raised at 51d\n0 passed, 1 failed\n',
  )
})
