import { beforeAll, describe, expect, it } from 'vitest'
import type { PrognosticMetrics } from './figures/metrics.ts'
import type { ScoredDataset } from './score-dataset.ts'
import { summarizeDataset } from './summary.ts'
import { datasetNamed, hasFieldData, scoreFieldData } from './testing/field-data.ts'

describe.skipIf(!hasFieldData)('on recorded lifetimes of filters', () => {
  let scored: readonly ScoredDataset[] = []
  beforeAll(async () => {
    scored = await scoreFieldData(['liquid_filter', 'air_filter'])
  }, 180_000)
  const figures = (name: string, method: string): PrognosticMetrics | undefined =>
    summarizeDataset(datasetNamed(scored, name)).baselines.get(method)?.metrics

  /** Figures published with the data, where they are about the same units. */
  it('the simple methods reach their published figures', () => {
    expect(figures('liquid_filter', 'meanLife')?.meanAbsError).toBeCloseTo(3_100, -2)
    expect(figures('liquid_filter', 'peersFromLevel')?.meanAbsError).toBeGreaterThan(4_000)
    expect(figures('liquid_filter', 'peersFromLevel')?.meanAbsError).toBeLessThan(4_600)
    expect(figures('air_filter', 'meanLife')?.meanAbsErrorShareOfLife).toBeCloseTo(0.067, 2)
    expect(figures('air_filter', 'peersFromLevel')?.meanAbsErrorShareOfLife).toBeCloseTo(0.042, 2)
  })

  it('the forecast of filters is within two seconds, and within 4 % of the life', () => {
    expect(summarizeDataset(datasetNamed(scored, 'liquid_filter')).metrics.meanAbsError).toBeLessThan(2_200)
    expect(summarizeDataset(datasetNamed(scored, 'air_filter')).metrics.meanAbsErrorShareOfLife).toBeLessThan(
      0.04,
    )
  })
})
