/** Findings that are handled together, and when. */
interface FindingLane<F> {
  /** Lanes of a smaller number go first; 0 is the first. */
  priority: number
  findings: readonly F[]
}

/** Divides findings so that those of a rule with very many do not keep those of other rules waiting. */
export interface FindingLanes {
  /** Split findings into lanes, in the order of their priorities; each lane keeps the order of its findings. */
  split<F extends { rule: string }>(findings: readonly F[]): FindingLane<F>[]
}

/** Number of recent findings of a rule up to which it shares a lane with all other rules. */
const maxOrdinaryFindings = 20
/** Time after which findings are not recent any more, ms. */
const recentMs = 60_000

/**
 * Create the lanes. A rule with more than 20 findings within a minute or two has a lane of its own: the more, the later, so
 * that a small flood does not wait for a large one.
 * @param monotonicNow ms
 */
export function createFindingLanes(monotonicNow: () => number): FindingLanes {
  let counts = new Map<string, number>()
  let earlierCounts = new Map<string, number>()
  let startedAt = monotonicNow()

  function forgetOld(): void {
    const elapsed = monotonicNow() - startedAt
    if (elapsed < recentMs) return
    earlierCounts = elapsed < 2 * recentMs ? counts : new Map()
    counts = new Map()
    startedAt = monotonicNow()
  }

  function priorityOf(rule: string): number {
    const recent = (counts.get(rule) ?? 0) + (earlierCounts.get(rule) ?? 0)
    return recent <= maxOrdinaryFindings ? 0 : Math.ceil(Math.log2(recent))
  }

  return {
    split<F extends { rule: string }>(findings: readonly F[]) {
      forgetOld()
      for (const { rule } of findings) counts.set(rule, (counts.get(rule) ?? 0) + 1)
      const lanes = new Map<string, { priority: number; findings: F[] }>()
      for (const finding of findings) {
        const priority = priorityOf(finding.rule)
        const key = priority === 0 ? '' : finding.rule
        const lane = lanes.get(key) ?? { priority, findings: [] }
        lane.findings.push(finding)
        lanes.set(key, lane)
      }
      return [...lanes.values()].sort((a, b) => a.priority - b.priority)
    },
  }
}
