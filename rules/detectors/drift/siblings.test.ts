import { describe, expect, it } from 'vitest'
import { emptyFleetModel } from '../../../contract/fleet-model.ts'
import { parseKinds } from '../../files/kinds.ts'
import { parseSeries } from '../../rule-tests/series.ts'
import { drift } from './drift.ts'
import { commonFactor } from './siblings.ts'

const bearings = ['b1_g', 'b2_g', 'b3_g', 'b4_g'] as const
const metrics = bearings.map((name) => `${name}: { unit: "[g]", range: [0, 50], worse: higher }`)
const text = `
kind: shaft
expected_interval: 10m
components: [bearing]
metrics: { ${metrics.join(', ')}, temp_c: { unit: Cel, range: [-40, 150] } }
`
const shaft = parseKinds([{ file: 'shaft.yaml', text }]).kinds.get('shaft')
if (shaft === undefined) throw new Error('the kind is not valid')
const context = { kind: shaft, path: ['detect', 'drift'], component: 'bearing', clear: undefined }

/** Factor by which each bearing shakes more than usual; undefined where its value is missing. */
type Shaft = readonly (number | undefined)[]

/** Noise of a percent, another for each bearing, around levels that differ. */
const noise = parseSeries('1x999~0.01 every 1d')?.values.map(Number) ?? []

/** @returns the numbers of the readings, each 10 minutes after the last, with which the assessment became bad or good */
function assess(watched: number, shafts: readonly Shaft[], settings: object = {}): string[] {
  const metric = bearings[watched]
  const siblings = bearings.filter((name) => name !== metric)
  const config = drift.config.parse({ metric, siblings, ...settings })
  const evaluator = drift.createEvaluator(config, context)
  const memory = evaluator.createMemory()
  const circumstances = {
    device: { id: 's', kind: 'shaft' },
    part: { cohort: {} },
    fleetModel: emptyFleetModel,
  }
  const changes: string[] = []
  for (const [at, factors] of shafts.entries()) {
    const values = factors.flatMap((factor, index) =>
      factor === undefined
        ? []
        : [[bearings[index], (index + 1) * 0.1 * factor * (noise[at + 90 * index] ?? 1)] as const],
    )
    const { is } = evaluator.onSample(
      memory,
      { ts: at * 600_000, values: Object.fromEntries(values) },
      circumstances,
    )
    const last = changes.at(-1)?.split(' ')[0]
    if ((is === 'bad' || is === 'good') && is !== last) changes.push(`${is} ${at}`)
  }
  return changes
}

const times = (count: number, factors: Shaft): Shaft[] => Array.from({ length: count }, () => factors)
const usual = times(40, [1, 1, 1, 1])

describe('drift with siblings', () => {
  it('divides out what most of them share: a heavier load is no drift', () => {
    const loaded = [...usual, ...times(40, [1.4, 1.4, 1.4, 1.4])]
    expect(assess(0, loaded)).toEqual(['good 30'])
    expect(assess(0, [...usual, ...times(40, [1.4, 1, 1, 1])])).toEqual([
      'good 30',
      expect.stringMatching(/^bad 4\d$/),
    ])
  })

  it('detects two of four, and not the others', () => {
    const worn = [...usual, ...times(40, [1.02, 1.03, 1.3, 1.25])]
    expect(
      [0, 1, 2, 3].map((index) => assess(index, worn).some((change) => change.startsWith('bad'))),
    ).toEqual([false, false, true, true])
  })

  it('does not count what travels from a failing bearing', () => {
    const failing = [...usual, ...times(40, [1.5, 1.1, 4, 1.05])]
    expect(assess(0, failing)).toEqual(['good 30'])
    expect(assess(2, failing)).toContainEqual(expect.stringMatching(/^bad 4\d$/))
  })

  it('counts a part that falls behind where a fall is bad, and a rise travels nowhere', () => {
    const fallen = [...usual, ...times(40, [0.7, 1, 1, 1])]
    expect(assess(0, fallen, { direction: 'lower' })).toContainEqual(expect.stringMatching(/^bad 4\d$/))
    const risen = [...usual, ...times(40, [1, 1, 4, 1])]
    expect(assess(0, risen, { direction: 'lower' })).toEqual(['good 30'])
  })

  it('needs all of them to learn, and half of them to compare', () => {
    const gap = [...times(40, [1, 1, 1, undefined]), ...times(40, [1, 1, 1, 1])]
    expect(assess(0, gap)).toEqual(['good 70'])
    expect(assess(0, [...usual, ...times(40, [1.5, 1, 1, undefined])])).toHaveLength(2)
    expect(assess(0, [...usual, ...times(40, [1.5, 1, undefined, undefined])])).toHaveLength(1)
  })

  it('does not compare while all are at rest', () => {
    expect(commonFactor([0, 0], [1, 1], { minScale: 0.01, isRiseBad: false })).toBeUndefined()
  })

  it('is rejected with siblings that it cannot compare with', () => {
    const problemsOf = (settings: object) =>
      drift
        .validate(drift.config.parse({ metric: 'b1_g', ...settings }), context)
        .map(({ message }) => message)
    expect(problemsOf({ siblings: ['b2_g', 'b3_g', 'b4_g'] })).toEqual([])
    expect(problemsOf({ siblings: ['b2_g', 'b1_g'] })).toEqual(['b1_g is given twice'])
    expect(problemsOf({ siblings: ['b2_g', 'b2_g'] })).toEqual(['b2_g is given twice'])
    expect(problemsOf({ siblings: ['b2_g', 'b5_g'] })).toEqual(['unknown metric of shaft "b5_g"'])
    expect(problemsOf({ siblings: ['b2_g', 'temp_c'] })).toEqual([
      'temp_c can be negative, and siblings are compared by ratios',
    ])
    expect(problemsOf({ siblings: ['b2_g', 'b3_g', 'b4_g'], learn: 300 })).toEqual([
      'learn: 300 readings with 3 siblings are too many to keep',
    ])
  })
})
