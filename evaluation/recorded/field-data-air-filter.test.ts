import { beforeAll, describe, expect, it } from 'vitest'
import type { PrognosticMetrics } from './figures/metrics.ts'
import type { ScoredDataset } from './score-dataset.ts'
import { summarizeDataset } from './summary.ts'
import { datasetNamed, hasFieldData, scoreFieldData } from './testing/field-data.ts'

describe.skipIf(!hasFieldData)('on recorded lifetimes of air filters', () => {
  let scored: readonly ScoredDataset[] = []
  beforeAll(async () => {
    scored = await scoreFieldData(['air_filter'])
  }, 180_000)
  const figures = (method: string): PrognosticMetrics | undefined =>
    summarizeDataset(datasetNamed(scored, 'air_filter')).baselines.get(method)?.metrics

  /** Figures published with the data, where they are about the same units. */
  it('the simple methods reach their published figures', () => {
    expect(figures('meanLife')?.meanAbsErrorShareOfLife).toBeCloseTo(0.067, 2)
    expect(figures('peersFromLevel')?.meanAbsErrorShareOfLife).toBeCloseTo(0.042, 2)
  })

  it('the forecast is within 4 % of the lifetime', () => {
    const { metrics } = summarizeDataset(datasetNamed(scored, 'air_filter'))
    expect(metrics.meanAbsErrorShareOfLife).toBeLessThan(0.04)
  })
})
