import type { Combination } from '../composite.ts'
import type { Verdict } from '../detector.ts'

/** Bad when one part is. */
export const any: Combination = {
  name: 'any',
  combine(verdicts): Verdict {
    const bad = verdicts.filter((verdict) => verdict.is === 'bad')
    if (bad.length > 0) return firstOf(bad)
    const first = (is: Verdict['is']) => verdicts.find((verdict) => verdict.is === is)
    return first('unknown') ?? first('between') ?? { is: 'good' }
  },
}

function firstOf(bad: readonly { crossesAt?: number }[]): Verdict {
  const dates = bad.flatMap(({ crossesAt }) => (crossesAt === undefined ? [] : [crossesAt]))
  return dates.length === 0 ? { is: 'bad' } : { is: 'bad', crossesAt: Math.min(...dates) }
}
