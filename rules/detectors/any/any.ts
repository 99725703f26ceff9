import type { CompositeOperator } from '../composite.ts'
import type { Assessment } from '../detector.ts'

/** Bad when one of its detectors is. */
export const any: CompositeOperator = {
  name: 'any',
  needsAll: false,
  combineAssessments(verdicts): Assessment {
    const bad = verdicts.filter((verdict) => verdict.is === 'bad')
    if (bad.length > 0) return badWithEarliestCrossing(bad)
    const first = (is: Assessment['is']) => verdicts.find((verdict) => verdict.is === is)
    return first('unknown') ?? first('between') ?? { is: 'good' }
  },
}

function badWithEarliestCrossing(
  bad: readonly { crossesAt?: number; since?: number; occurrence?: number }[],
): Assessment {
  const dates = bad.flatMap(({ crossesAt }) => crossesAt ?? [])
  const starts = bad.flatMap(({ since }) => since ?? [])
  const occurrences = bad.flatMap(({ occurrence }) => occurrence ?? [])
  return {
    is: 'bad',
    ...(dates.length === 0 ? {} : { crossesAt: Math.min(...dates) }),
    ...(starts.length === 0 ? {} : { since: Math.min(...starts) }),
    ...(occurrences.length === 0 ? {} : { occurrence: Math.max(...occurrences) }),
  }
}
