import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { shippedKinds } from '../testing/rules.ts'
import { loadKinds } from './kinds.ts'
import { formatProblem } from './rule-file-problem.ts'

describe('the shipped kinds', () => {
  it('define metrics and intervals', () => {
    expect([...shippedKinds.keys()].sort()).toEqual([
      'air_conditioner',
      'phone',
      'refrigerator',
      'robot_vacuum',
      'vehicle',
      'washing_machine',
      'water_heater',
    ])
    const vacuum = shippedKinds.get('robot_vacuum')
    expect(vacuum?.expectedIntervalMs).toBe(24 * 3_600_000)
    expect(vacuum?.components).toEqual(['battery', 'main_brush_motor', 'main_brush', 'filter', 'dust_bin'])
    expect(vacuum?.metrics.get('filter_dp_pa')).toMatchObject({
      unit: 'Pa',
      range: [0, 3000],
      worse: 'higher',
    })
  })
})

describe('loadKinds', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'forewarn-kinds-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('reports every problem of every file with its position', async () => {
    await writeFile(
      join(folder, 'a.yaml'),
      'kind: oven\nexpected_interval: daily\ncomponents: [fan]\nmetrics:\n  heat: { unit: Cel, range: [9, 1], wors: higher }\n',
    )
    await writeFile(join(folder, 'b.yaml'), 'kind: [')
    const error = await loadKinds(folder).catch((reason) => reason)
    expect(error.name).toBe('RuleFilesError')
    expect(error.problems.map(formatProblem).map((line: string) => line.slice(folder.length + 1))).toEqual([
      'a.yaml:2:20: expected_interval: "daily" cannot be read; it must be a duration such as 30d, 24h or 10m',
      'a.yaml:5:29: metrics.heat.range: the first number must be below the second',
      'a.yaml:5:37: unknown key "wors"; did you mean "worse"? allowed: type, unit, range, values, accepts_text, worse, serviced, description, quality, from',
      expect.stringMatching(/^b\.yaml:1:8: /),
    ])
  })

  it('reads metrics that are true or false, or have named values', async () => {
    const lines = [
      'kind: oven',
      'expected_interval: 1h',
      'components: [fan]',
      'unknown: quarantine',
      'ignore: [uptime, debug_*]',
      'metrics:',
      '  heat: { unit: Cel, range: [0, 300], accepts_text: true }',
      '  door_open: { type: boolean, description: Whether the door is open. }',
      '  program: { type: enum, values: [off, fan, grill] }',
      '  fault: { type: enum, values: { none: 0, fan: 12 }, worse: higher }',
    ]
    await writeFile(join(folder, 'a.yaml'), lines.join('\n'))
    const oven = (await loadKinds(folder)).get('oven')
    expect(oven).toMatchObject({ unknown: 'quarantine', ignore: ['uptime', 'debug_*'] })
    expect(Object.fromEntries(oven?.metrics ?? [])).toMatchObject({
      heat: { type: 'number', unit: 'Cel', range: [0, 300], acceptsText: true },
      door_open: { type: 'boolean', unit: '1', range: [0, 1] },
      program: {
        type: 'enum',
        range: [0, 2],
        numbers: new Map([
          ['off', 0],
          ['fan', 1],
          ['grill', 2],
        ]),
      },
      fault: {
        type: 'enum',
        range: [0, 12],
        numbers: new Map([
          ['none', 0],
          ['fan', 12],
        ]),
      },
    })
  })

  it('reports what a type of metric needs and cannot have', async () => {
    const lines = [
      'kind: oven',
      'expected_interval: 1h',
      'components: [fan]',
      'ignore: ["*_debug"]',
      'metrics:',
      '  heat: { unit: Cel }',
      '  door_open: { type: boolean, range: [0, 2] }',
      '  program: { type: enum, values: { none: 0, fan: 0 } }',
      '  fault: { type: enum, values: [1, 2] }',
      '  lamp: { type: bool }',
    ]
    await writeFile(join(folder, 'a.yaml'), lines.join('\n'))
    const error = await loadKinds(folder).catch((reason) => reason)
    expect(error.problems.map(formatProblem).map((line: string) => line.slice(folder.length + 1))).toEqual([
      'a.yaml:4:10: ignore.0 is "*_debug"; it must be a name, or the beginning of names such as debug_*',
      'a.yaml:6:9: metrics.heat.range: a metric of type number needs it',
      'a.yaml:7:38: metrics.door_open.range: a metric of type boolean cannot have it',
      'a.yaml:8:34: metrics.program.values: two values have the same number',
      expect.stringContaining('metrics.fault.values is [1,2]; it must be a list of names'),
      'a.yaml:10:17: unknown value of metrics.lamp.type "bool"; allowed: number, boolean, enum',
    ])
  })

  it('reports the position of an invalid expression', async () => {
    const lines = [
      'kind: oven',
      'expected_interval: 1h',
      'components: [fan]',
      'metrics:',
      '  heat: { unit: Cel, range: [0, 300] }',
      'derived:',
      '  heat: { unit: Cel, range: [0, 1], cel: "1" }',
      '  warm:',
      '    unit: Cel',
      '    range: [0, 1]',
      '    cel: haet / 2',
    ]
    await writeFile(join(folder, 'a.yaml'), lines.join('\n'))
    const error = await loadKinds(folder).catch((reason) => reason)
    expect(error.problems.map(formatProblem).map((line: string) => line.slice(folder.length + 1))).toEqual([
      'a.yaml:7:3: heat is already a measured metric; rename the derived metric',
      'a.yaml:11:10: derived.warm.cel: unknown metric "haet"; did you mean "heat"? allowed: heat',
    ])
  })

  it('rejects the same kind in two files', async () => {
    const text = 'kind: oven\nexpected_interval: 1h\ncomponents: [fan]\nmetrics: {}\n'
    await writeFile(join(folder, 'a.yaml'), text)
    await writeFile(join(folder, 'b.yml'), text)
    await expect(loadKinds(folder)).rejects.toThrow(
      'b.yml:1:7: the kind oven is also defined in another file; rename one',
    )
  })
})
