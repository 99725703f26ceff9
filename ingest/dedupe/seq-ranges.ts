/** Sequence numbers seen in one boot of a device, as ranges: a device without losses takes one range. */
export interface SeqRanges {
  /** Record a number. @returns whether it is seen for the first time */
  add(seq: number): 'new' | 'seen'
  /** Number of ranges. */
  size(): number
  /** Evict the lowest range, unless it is the only one. */
  dropLowest(): void
}

/**
 * @param maxRanges maximum number of ranges; beyond that the lowest is evicted, and its numbers count as new
 */
export function createSeqRanges(maxRanges: number): SeqRanges {
  // Ascending and disjoint; both ends belong to a range.
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
  // Nearly every number is the next one, so the search starts at the newest range.
  let at = runs.length
  for (let run = runs[at - 1]; run !== undefined && run.last >= seq; run = runs[at - 1]) at--
  return at
}
