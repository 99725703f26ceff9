import { limitOf } from '../../../rules/detectors/limit.ts'
import type { Answer } from '../judged.ts'
import { daysAsTime, type RecordedLife } from '../recorded.ts'
import type { Run } from '../run.ts'
import type { ScoredSet } from '../score.ts'

const day = daysAsTime.ms

/** Falls by one each day, from 100 on the first; asked on each of the last ten days before day 21. */
export function fallingLife(unit: string): RecordedLife {
  const points = Array.from({ length: 30 }, (_, n) => [n * day, 100 - n] as const)
  const moments = Array.from({ length: 10 }, (_, n) => (11 + n) * day)
  return { unit, life: { cohort: {}, since: 0, points }, event: 21 * day, moments }
}

/** A life with what methods are to have answered at its moments: days from the truth, or nothing. */
export function runWith(
  recorded: RecordedLife,
  offBy: Readonly<Record<string, (at: number) => number | undefined>>,
): Run {
  const asked = recorded.moments.map((at) => {
    const answers = Object.entries(offBy).map(([method, off]) => [method, answerOf(off(at / day))] as const)
    return { at, answers: Object.fromEntries(answers) }
  })
  return { recorded, limit: limitOf({ below: 80 }), asked }
}

function answerOf(off: number | undefined): Answer {
  if (off === undefined) return { is: 'withheld', why: 'too_uncertain' }
  const p50 = (21 + off) * day
  return { is: 'date', p10: p50 - 2 * day, p50, p90: p50 + 2 * day }
}

export function scoredSet(runs: readonly Run[], garbage: readonly Run[] = []): ScoredSet {
  const set: ScoredSet['set'] = {
    name: 'made_up',
    title: 'Made <up>',
    time: daysAsTime,
    baselines: { windowMs: day, sameCohort: [] },
    read: async () => [],
  }
  return { set, runs, garbage }
}
