import type { CommittedFinding, NoticeAttempt } from '../contract/measurements.ts'

/** Maximum number of findings, and of notices, followed at the same time; the oldest are dropped. About 2 MB. */
const maxTracked = 10_000

interface TrackedNotice {
  committedAt: number
  /** Channels that are already measured. */
  done: Set<string>
}

/**
 * Follows findings of this process to their notices, to measure how long that takes. It measures the program alone, so
 * it stops following where the wait has another reason: a finding without a notice of its own job (no owner yet,
 * grouped into an incident), quiet hours, a recipient that cannot be reached. Findings from before the start are not
 * followed.
 */
export class NoticeLatency {
  readonly #findings = new Map<string, number>()
  readonly #notices = new Map<string, TrackedNotice>()

  findingCommitted({ finding, committedAt }: CommittedFinding): void {
    if (finding.notice === undefined || finding.state !== 'raised' || finding.shadow) return
    setBounded(this.#findings, finding.id, committedAt)
  }

  findingRecorded(finding: string, notices: readonly string[]): void {
    const committedAt = this.#findings.get(finding)
    if (committedAt === undefined) return
    this.#findings.delete(finding)
    for (const notice of notices) setBounded(this.#notices, notice, { committedAt, done: new Set() })
  }

  noticePostponed(notice: string): void {
    this.#notices.delete(notice)
  }

  /**
   * Return the time, ms, from the finding until a channel first accepted its notice; undefined where it is not
   * measured.
   */
  noticeAttempted({ notice, channel, outcome, at }: NoticeAttempt): number | undefined {
    const tracked = this.#notices.get(notice)
    if (tracked === undefined || tracked.done.has(channel)) return undefined
    tracked.done.add(channel)
    return outcome === 'accepted' ? at - tracked.committedAt : undefined
  }
}

function setBounded<V>(map: Map<string, V>, key: string, value: V): void {
  map.set(key, value)
  if (map.size <= maxTracked) return
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}
