import type { CompositeOperator } from '../composite.ts'
import type { Assessment } from '../detector.ts'

/** Bad when all of its detectors are. */
export const all: CompositeOperator = {
  name: 'all',
  combineAssessments(verdicts): Assessment {
    const first = (is: Assessment['is']) => verdicts.find((verdict) => verdict.is === is)
    return first('good') ?? first('unknown') ?? first('between') ?? badWithLatestCrossing(verdicts)
  },
}

/** The latest date: all are bad only when the last one is. */
function badWithLatestCrossing(verdicts: readonly Assessment[]): Assessment {
  const dates = verdicts.flatMap((verdict) =>
    verdict.is === 'bad' && verdict.crossesAt !== undefined ? [verdict.crossesAt] : [],
  )
  return dates.length === 0 ? { is: 'bad' } : { is: 'bad', crossesAt: Math.max(...dates) }
}
