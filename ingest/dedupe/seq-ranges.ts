/** The numbers of one start of a device that were seen, as runs: a device that loses nothing takes one run. */
export interface SeqRanges {
  /** Record a number, and say whether it is seen for the first time. */
  add(seq: number): 'new' | 'seen'
  /** How many runs are remembered. */
  size(): number
  /** Forget the lowest run, unless it is the only one. */
  dropLowest(): void
}

/**
 * @param maxRanges how many runs are remembered; beyond that the lowest is forgotten, and its numbers count as new.
 */
export function createSeqRanges(maxRanges: number): SeqRanges {
  // Ascending and apart from each other; both ends belong to a run.
  const ranges: { first: number; last: number }[] = []

  function insert(seq: number, at: number): void {
    const before = ranges[at - 1]
    const after = ranges[at]
    const touchesBefore = before !== undefined && before.last + 1 === seq
    const touchesAfter = after !== undefined && after.first - 1 === seq
    if (touchesBefore && touchesAfter) {
      before.last = after.last
      ranges.splice(at, 1)
    } else if (touchesBefore) before.last = seq
    else if (touchesAfter) after.first = seq
    else ranges.splice(at, 0, { first: seq, last: seq })
    if (ranges.length > maxRanges) ranges.shift()
  }

  return {
    add(seq) {
      const at = firstRangeEndingAtOrAfter(ranges, seq)
      const run = ranges[at]
      if (run !== undefined && run.first <= seq) return 'seen'
      insert(seq, at)
      return 'new'
    },
    size: () => ranges.length,
    dropLowest() {
      if (ranges.length > 1) ranges.shift()
    },
  }
}

function firstRangeEndingAtOrAfter(runs: readonly { last: number }[], seq: number): number {
  // Nearly every number is the next one, so it is looked for from the newest run backwards.
  let at = runs.length
  for (let run = runs[at - 1]; run !== undefined && run.last >= seq; run = runs[at - 1]) at--
  return at
}
