import type { Lifetime } from '../../../contract/lifetime.ts'
import type { Limit } from '../../../rules/detectors/limit.ts'
import type { PrognosisTask, RecordedLifetime } from '../prognosis-dataset.ts'

/** Return the training lifetimes of a forecast at a time, ms. */
export type TrainingAt = (at: number) => readonly Lifetime[]

/** A recorded lifetime under one limit. */
export interface Subject {
  recorded: RecordedLifetime
  limit: Limit
}

/** What is left out of the training data of a forecast, besides the unit itself. */
export interface Holdout {
  /** Name in JSON: `leaveCohort`. */
  name: string
  /** What is left out. */
  title: string
  trainingFor(subject: Subject): TrainingAt
}

type Cohort = Lifetime['cohort']

/**
 * Return the hold-outs of a dataset, the most lenient first: the unit alone; for lifetimes on one calendar also what was not
 * known at the time of the forecast; its whole cohort; and for each key of the cohorts all units with its value.
 */
export function createHoldouts(
  training: readonly PrognosisTask[],
  isOnCalendar: boolean,
): [Holdout, ...Holdout[]] {
  const lists = new TrainingLists(training)
  const alone: Holdout = {
    name: 'leaveUnit',
    title: 'the unit',
    trainingFor: (subject) => lists.constant(subject, () => false),
  }
  const known: Holdout = {
    name: 'causal',
    title: 'and what was not known yet',
    trainingFor(subject) {
      const others = alone.trainingFor(subject)
      return (at) => knownAt(others(at), at)
    },
  }
  const ofCohort: Holdout = {
    name: 'leaveCohort',
    title: 'its cohort',
    trainingFor: (subject) => lists.constant(subject, isSameCohort),
  }
  const ofValues = cohortKeysOf(training).map(
    (key): Holdout => ({
      name: `leave ${key}`,
      title: `its ${key}`,
      trainingFor: (subject) =>
        lists.constant(subject, (own, other) => own[key] !== undefined && own[key] === other[key]),
    }),
  )
  return [alone, ...(isOnCalendar ? [known] : []), ofCohort, ...ofValues]
}

/** Lists of training lifetimes. The same lifetimes are always the same array, because a model is fitted once per array. */
class TrainingLists {
  readonly #tasks: readonly PrognosisTask[]
  readonly #lists = new Map<string, readonly Lifetime[]>()

  constructor(tasks: readonly PrognosisTask[]) {
    this.#tasks = tasks
  }

  /** Return a list that is the same at any time. @param isLeftOut whether another unit is left out by its cohort */
  constant(
    { recorded: { unit, lifetime }, limit }: Subject,
    isLeftOut: (own: Cohort, other: Cohort) => boolean,
  ): TrainingAt {
    const { lifetimes = [] } = this.#tasks.find((task) => task.limit.value === limit.value) ?? {}
    const others = lifetimes.filter(
      (one) => one.unit !== unit && !isLeftOut(lifetime.cohort, one.lifetime.cohort),
    )
    const key = [limit.value, ...others.map((one) => one.unit)].join('\n')
    const list = this.#lists.get(key) ?? others.map((one) => one.lifetime)
    this.#lists.set(key, list)
    return () => list
  }
}

function cohortKeysOf(training: readonly PrognosisTask[]): string[] {
  const cohorts = training.flatMap(({ lifetimes }) => lifetimes.map(({ lifetime }) => lifetime.cohort))
  return [...new Set(cohorts.flatMap((cohort) => Object.keys(cohort)))]
}

/** Return whether two units are of one cohort; units without any key have none. */
function isSameCohort(own: Cohort, other: Cohort): boolean {
  const keys = new Set([...Object.keys(own), ...Object.keys(other)])
  return keys.size > 0 && [...keys].every((key) => own[key] === other[key])
}

/** Return lifetimes as they were known at a time: most are running then, and some have not begun. */
function knownAt(lifetimes: readonly Lifetime[], at: number): readonly Lifetime[] {
  const isKnown = ({ points }: Lifetime) => (points.at(-1)?.[0] ?? at) <= at
  if (lifetimes.every(isKnown)) return lifetimes
  return lifetimes.flatMap((life) => {
    const points = life.points.filter(([ts]) => ts <= at)
    return points.length === 0 ? [] : [{ ...life, points }]
  })
}
