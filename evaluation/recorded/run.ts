import type { Life } from '../../contract/lifetime.ts'
import type { Limit } from '../../rules/detectors/limit.ts'
import type { Method } from './baselines/baselines.ts'
import type { Answer, Judged } from './judged.ts'
import type { RecordedLife, Trial } from './recorded.ts'

/** A recorded life, and what each method said at its moments. */
export interface Run {
  recorded: RecordedLife
  limit: Limit
  asked: readonly Asked[]
}

interface Asked {
  at: number
  /** By the method's name. */
  answers: Readonly<Record<string, Answer>>
}

/**
 * Asks each method at each moment of a life. None sees anything of the life itself that is later than the moment.
 * @param peers the lives that teach; the life itself is not among them
 */
export function runOf(
  recorded: RecordedLife,
  peers: readonly Life[],
  { limit, methods }: { limit: Limit; methods: Readonly<Record<string, Method>> },
): Run {
  const asked = recorded.moments.map((at): Asked => {
    const own = { ...recorded.life, points: recorded.life.points.filter(([ts]) => ts <= at) }
    const answers = Object.entries(methods).map(([name, method]) => [
      name,
      method(own, peers, { limit, now: at }),
    ])
    return { at, answers: Object.fromEntries(answers) }
  })
  return { recorded, limit, asked }
}

/** The lives that teach a unit: all of a trial but its own. */
export function peersOf(unit: string, { lives }: Trial): Life[] {
  return lives.filter((other) => other.unit !== unit).map(({ life }) => life)
}

/** What a method said of lives of which the event is known. */
export function judgedOf(runs: readonly Run[], method: string): Judged[] {
  return runs.flatMap(({ recorded: { unit, life, event }, limit, asked }) =>
    event === undefined
      ? []
      : asked.flatMap(({ at, answers }): Judged[] => {
          const answer = answers[method]
          const lifetime = event - (life.since ?? life.points[0]?.[0] ?? event)
          return answer === undefined ? [] : [{ life: `${unit} ${limit.value}`, at, answer, event, lifetime }]
        }),
  )
}
