import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createBaselines } from './baselines/baselines.ts'
import type { ForecastMethod } from './baselines/forecast-method.ts'
import { computePrognosticMetrics } from './figures/metrics.ts'
import { runForecasts, scoredForecastsOf } from './forecast-run.ts'
import { forewarn } from './methods.ts'
import type { PrognosisTask } from './prognosis-dataset.ts'
import { airFilter } from './sets/air-filter.ts'
import { fieldDataFolder, hasFieldData } from './testing/field-data.ts'

describe.skipIf(!hasFieldData)('on recorded lifetimes of air filters', () => {
  let task: PrognosisTask
  beforeAll(async () => {
    const [first] = await airFilter.read(join(fieldDataFolder, airFilter.name))
    if (first === undefined) throw new TypeError('there are no filters')
    task = first
  })

  /** Mean error as a share of the lifetime, on each nth filter, of all others. */
  function errorOf(method: ForecastMethod | undefined, nth = 1): number | null {
    if (method === undefined) throw new TypeError('there is no such method')
    const { lifetimes, limit } = task
    const runs = lifetimes
      .filter((_, index) => index % nth === 0)
      .map((recorded) => {
        const others = lifetimes.filter((one) => one !== recorded).map(({ lifetime }) => lifetime)
        return runForecasts(recorded, () => others, { limit, methods: { method } })
      })
    return computePrognosticMetrics(scoredForecastsOf(runs, 'method')).meanAbsErrorShareOfLife
  }

  /** Figures published with the data, where they are about the same units. */
  it('the simple methods reach their published figures', () => {
    const { meanLife, peersFromLevel } = createBaselines(airFilter.baselines)
    expect(errorOf(meanLife)).toBeCloseTo(0.067, 2)
    expect(errorOf(peersFromLevel)).toBeCloseTo(0.042, 2)
  })

  it('the forecast is within 4 % of the lifetime, on each third filter: a model of the others takes long', () => {
    expect(errorOf(forewarn, 3)).toBeLessThan(0.04)
  })
})
