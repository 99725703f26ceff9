import { describe, expect, it } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { summarizeDataset } from './summary.ts'
import { summaryAsJson } from './summary-json.ts'
import { formatTable } from './tables/text-table.ts'
import { decliningLifetime, runWith, scoredDataset } from './testing/lifetimes.ts'

const set = scoredDataset([
  runWith(decliningLifetime('a'), {
    forewarn: (at) => (at < 13 ? undefined : 1),
    late: (at) => (at < 12 ? undefined : 3),
  }),
])
const summary = summarizeDataset(set)

describe('the summary', () => {
  it('compares with a method where both gave a date', () => {
    expect(summary.baselines.get('late')?.both).toMatchObject({
      forecasts: 8,
      ours: dayMs,
      theirs: 3 * dayMs,
    })
  })

  it('names metrics by their unit, and counts the reasons of withheld forecasts', () => {
    expect(summaryAsJson(summary, set.dataset.time)).toMatchObject({
      forecasts: 8,
      withheld: 2,
      withheldBecause: { too_uncertain: 2 },
      medianAbsErrorDays: 1,
      biasDays: 1,
      coverage80: 1,
      baselines: {
        late: {
          forecasts: 9,
          medianAbsErrorDays: 3,
          whereBothForecast: { forecasts: 8, medianAbsErrorDays: 3, oursMedianAbsErrorDays: 1 },
        },
      },
      units: { a: { forecasts: 8 } },
    })
  })

  it('is a table with ours first', () => {
    const [title, head, ours, late] = formatTable(set, summary).split('\n')
    expect(title).toBe('Made <up> (made_up)')
    expect(head?.trim().split(/\s{2,}/)).toEqual(expect.arrayContaining(['days', 'median', '±30 %', 'bias']))
    expect(ours).toMatch(/Forewarn +8 +2 +1\.0/)
    expect(late).toMatch(/late +9 +1 +3\.0/)
  })
})

describe('lifetimes without an event', () => {
  const { event: _, ...open } = decliningLifetime('open')
  const steady = {
    ...open,
    lifetime: { ...open.lifetime, points: open.lifetime.points.map(([ts]) => [ts, 90] as const) },
  }

  it('contradict an interval that ends before the record, and a part called failed', () => {
    const run = runWith(steady, { forewarn: (at) => (at < 15 ? 20 : at < 18 ? 5 : -10) })
    expect(summarizeDataset(scoredDataset([run])).censored).toEqual({
      units: 1,
      forecasts: 10,
      withheld: 0,
      contradicted: 6,
      predictedFailed: 3,
    })
  })

  it('may be invalid records, where only a falsely predicted failure counts', () => {
    const wrong = runWith(steady, { forewarn: (at) => (at === 12 ? -10 : undefined) })
    const right = runWith(open, { forewarn: () => -20 })
    expect(summarizeDataset(scoredDataset([], [wrong, right])).invalidRecords).toEqual({
      units: 2,
      forecasts: 11,
      withheld: 9,
      falselyFailed: 1,
      unitsFalselyFailed: 1,
    })
  })
})
