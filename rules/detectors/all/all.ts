import type { Combination } from '../composite.ts'
import type { Verdict } from '../detector.ts'

/** Bad when all parts are. */
export const all: Combination = {
  name: 'all',
  combine(verdicts): Verdict {
    const first = (is: Verdict['is']) => verdicts.find((verdict) => verdict.is === is)
    return first('good') ?? first('unknown') ?? first('between') ?? lastOf(verdicts)
  },
}

/** All are bad when the last of them is. */
function lastOf(verdicts: readonly Verdict[]): Verdict {
  const dates = verdicts.flatMap((verdict) =>
    verdict.is === 'bad' && verdict.crossesAt !== undefined ? [verdict.crossesAt] : [],
  )
  return dates.length === 0 ? { is: 'bad' } : { is: 'bad', crossesAt: Math.max(...dates) }
}
