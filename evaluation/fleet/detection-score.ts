export interface DetectionScore {
  /** True crossings of the limit within the simulated time. */
  failures: number
  /** Failures with an active alarm: raised before and not cleared. */
  detected: number
  missed: number
  /** Findings raised. */
  alarms: number
  /** Alarms on a part that had not crossed its limit and, without maintenance, would not have within 90 days. */
  falseAlarms: number
  /** Share of the alarms that are true positives; null without alarms. */
  precision: number | null
  /** Share of the failures that were detected; null without failures. */
  recall: number | null
  /** Days from the first active alarm to the crossing, over the detected failures; null without one. */
  medianLeadDays: number | null
}

/** Counts over some parts. */
export interface DetectionCounts {
  failures: number
  /** One for each detected failure. */
  leadsDays: number[]
  alarms: number
  falseAlarms: number
}

/** Add counts up. */
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

/** Compute precision, recall and the median lead from counts. */
export function computeDetectionScore({
  failures,
  leadsDays,
  alarms,
  falseAlarms,
}: DetectionCounts): DetectionScore {
  const detected = leadsDays.length
  return {
    failures,
    detected,
    missed: failures - detected,
    alarms,
    falseAlarms,
    precision: alarms === 0 ? null : 1 - falseAlarms / alarms,
    recall: failures === 0 ? null : detected / failures,
    medianLeadDays: median(leadsDays),
  }
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2
}
