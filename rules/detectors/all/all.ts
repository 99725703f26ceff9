import type { CompositeOperator } from '../composite.ts'
import type { Assessment } from '../detector.ts'

/** Bad when all of its detectors are. */
export const all: CompositeOperator = {
  name: 'all',
  needsAll: true,
  combineAssessments(verdicts): Assessment {
    const first = (is: Assessment['is']) => verdicts.find((verdict) => verdict.is === is)
    return first('good') ?? first('unknown') ?? first('between') ?? badWithLatestCrossing(verdicts)
  },
}

/** The latest date, and the latest beginning: all are bad only when the last one is. */
function badWithLatestCrossing(verdicts: readonly Assessment[]): Assessment {
  const bad = verdicts.filter((verdict) => verdict.is === 'bad')
  const dates = bad.flatMap(({ crossesAt }) => crossesAt ?? [])
  const starts = bad.flatMap(({ since }) => since ?? [])
  const occurrences = bad.flatMap(({ occurrence }) => occurrence ?? [])
  return {
    is: 'bad',
    ...(dates.length === 0 ? {} : { crossesAt: Math.max(...dates) }),
    ...(starts.length < bad.length ? {} : { since: Math.max(...starts) }),
    ...(occurrences.length === 0 ? {} : { occurrence: Math.max(...occurrences) }),
  }
}
