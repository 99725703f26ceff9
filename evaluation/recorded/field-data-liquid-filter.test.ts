import { beforeAll, describe, expect, it } from 'vitest'
import type { PrognosticMetrics } from './figures/metrics.ts'
import type { ScoredDataset } from './score-dataset.ts'
import { summarizeDataset } from './summary.ts'
import { datasetNamed, hasFieldData, scoreFieldData } from './testing/field-data.ts'

describe.skipIf(!hasFieldData)('on recorded lifetimes of liquid filters', () => {
  let scored: readonly ScoredDataset[] = []
  beforeAll(async () => {
    scored = await scoreFieldData(['liquid_filter'])
  }, 180_000)
  const figures = (method: string): PrognosticMetrics | undefined =>
    summarizeDataset(datasetNamed(scored, 'liquid_filter')).baselines.get(method)?.metrics

  /** Figures published with the data, where they are about the same units. */
  it('the simple methods reach their published figures', () => {
    expect(figures('meanLife')?.meanAbsError).toBeCloseTo(3_100, -2)
    expect(figures('peersFromLevel')?.meanAbsError).toBeGreaterThan(4_000)
    expect(figures('peersFromLevel')?.meanAbsError).toBeLessThan(4_600)
  })

  it('the forecast is within two seconds', () => {
    const { metrics } = summarizeDataset(datasetNamed(scored, 'liquid_filter'))
    expect(metrics.meanAbsError).toBeLessThan(2_200)
  })
})
