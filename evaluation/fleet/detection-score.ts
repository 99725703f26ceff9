export interface DetectionScore {
  /** True crossings of the limit within the simulated time. */
  failures: number
  /** Of these, the ones at which an alarm stood: raised before, and not cleared. */
  detected: number
  missed: number
  /** Findings raised. */
  alarms: number
  /** Alarms on a part that had not crossed its limit nor would have, left alone, within 90 days after. */
  falseAlarms: number
  /** Share of the alarms that are right; null where there is none. */
  precision: number | null
  /** Share of the failures that were foreseen; null where there is none. */
  recall: number | null
  /** Days from the first alarm that stood to the crossing, over the foreseen; null where there is none. */
  medianLeadDays: number | null
}

/** What was found out about some parts. */
export interface DetectionCounts {
  failures: number
  /** One for each failure that was foreseen. */
  leadsDays: number[]
  alarms: number
  falseAlarms: number
}

export function sumCounts(counts: readonly DetectionCounts[]): DetectionCounts {
  const sum = (of: (count: DetectionCounts) => number) =>
    counts.reduce((total, count) => total + of(count), 0)
  return {
    failures: sum(({ failures }) => failures),
    leadsDays: counts.flatMap(({ leadsDays }) => leadsDays),
    alarms: sum(({ alarms }) => alarms),
    falseAlarms: sum(({ falseAlarms }) => falseAlarms),
  }
}

export function computeDetectionScore({
  failures,
  leadsDays,
  alarms,
  falseAlarms,
}: DetectionCounts): DetectionScore {
  const foreseen = leadsDays.length
  return {
    failures,
    detected: foreseen,
    missed: failures - foreseen,
    alarms,
    falseAlarms,
    precision: alarms === 0 ? null : 1 - falseAlarms / alarms,
    recall: failures === 0 ? null : foreseen / failures,
    medianLeadDays: median(leadsDays),
  }
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2
}
