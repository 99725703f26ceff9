/** One look at a unit: its score and what followed. */
export interface AlarmOutcome {
  /** The greater, the sooner a failure is expected. */
  score: number
  /** It failed within the horizon. */
  fails: boolean
  /** Whether the whole horizon was observed, or it ended in a failure. */
  isWhole: boolean
}

/** A unit with its looks in the order of time. */
export interface AlarmUnit<Look extends AlarmOutcome = AlarmOutcome> {
  failed: boolean
  weight: number
  /** Observed time, already weighted. */
  years: number
  looks: readonly Look[]
}

export interface AlarmFigures {
  /** Share of the failures within the horizon of a look with an alarm, weighted. */
  recall: number
  /** Units that never failed and had an alarm at any look, per observed year of all units, weighted. */
  falsePerYear: number
  /** An alarm is a score above this. */
  threshold: number
}

/**
 * Return recall and false alarms at a score, or at the lowest score at which false alarms stay within a rate.
 * @param counts how often each unit counts
 */
export function alarmFigures(
  units: readonly AlarmUnit[],
  counts: Float64Array,
  at: { maxFalsePerYear: number } | { aboveScore: number },
): AlarmFigures {
  const weightOf = (n: number) => (counts[n] ?? 0) * (units[n]?.weight ?? 0)
  const years = units.reduce((sum, unit, n) => sum + (counts[n] ?? 0) * unit.years, 0)
  const healthy = units
    .flatMap(({ failed, looks }, n) =>
      failed ? [] : [{ weight: weightOf(n), most: Math.max(...looks.map(({ score }) => score)) }],
    )
    .sort((a, b) => b.most - a.most)
  const threshold = 'aboveScore' in at ? at.aboveScore : thresholdFor(healthy, at.maxFalsePerYear * years)
  const alarmed = healthy.reduce((sum, { weight, most }) => sum + (most > threshold ? weight : 0), 0)
  let [caught, failures] = [0, 0]
  units.forEach(({ looks }, n) => {
    for (const { fails, score } of looks) {
      if (!fails) continue
      failures += weightOf(n)
      if (score > threshold) caught += weightOf(n)
    }
  })
  return { recall: caught / failures, falsePerYear: alarmed / years, threshold }
}

/** @param sorted by falling score */
function thresholdFor(sorted: readonly { weight: number; most: number }[], budget: number): number {
  let sum = 0
  for (const { weight, most } of sorted) {
    sum += weight
    if (sum > budget) return most
  }
  return 0
}

/**
 * Return a function of how often each unit counts: the probability that a look before a failure has a higher score than
 * another one, equal scores counted half (area under the ROC curve), weighted.
 */
export function areaUnderCurve(units: readonly AlarmUnit[]): (counts: Float64Array) => number {
  const looks = units
    .flatMap((unit, n) => unit.looks.filter(({ isWhole }) => isWhole).map((look) => ({ ...look, n })))
    .sort((a, b) => a.score - b.score)
  return (counts) => {
    let [pairs, positive, negative] = [0, 0, 0]
    for (let from = 0; from < looks.length; ) {
      let [fails, others] = [0, 0]
      const score = looks[from]?.score
      for (; looks[from]?.score === score && from < looks.length; from++) {
        const { n = 0, fails: isFailure = false } = looks[from] ?? {}
        const weight = (counts[n] ?? 0) * (units[n]?.weight ?? 0)
        if (isFailure) fails += weight
        else others += weight
      }
      pairs += fails * (negative + others / 2)
      positive += fails
      negative += others
    }
    return pairs / (positive * negative)
  }
}

/** Return the number of failures that was expected over the observed one, weighted. */
export function expectedOverObserved(
  units: readonly AlarmUnit<AlarmOutcome & { expected: number }>[],
  counts: Float64Array,
): number {
  let [expected, observed] = [0, 0]
  units.forEach(({ weight, looks }, n) => {
    for (const look of looks) {
      expected += (counts[n] ?? 0) * weight * look.expected
      if (look.fails) observed += (counts[n] ?? 0) * weight
    }
  })
  return expected / observed
}
