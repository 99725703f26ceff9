import { Counter, Histogram, type Registry } from 'prom-client'
import type { Measurements } from '../contract/measurements.ts'
import { NoticeLatency } from './notice-latency.ts'

/**
 * Buckets, in seconds. One flush of the disk takes milliseconds; with backpressure a commit waits 1 s, and while the
 * journal is full, minutes.
 */
const commitBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120]
/** From the rules' linger of 20 ms to a backlog of an hour. */
const findingBuckets = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120, 600, 3_600]
/** Two queues and a database on the way; the longest interval between attempts at a channel is an hour. */
const noticeBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 120, 600, 3_600]
/** Entries: from one reading to the largest batch, of the series: 20,000 and one commit of 5,000. */
const batchBuckets = [1, 10, 50, 100, 500, 1_000, 2_500, 5_000, 10_000, 20_000]
/** One call takes microseconds; a millisecond means a detector whose state is too large. */
const detectorBuckets = [1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 1e-3, 1e-2]
/** From one transaction to the 30 s that a channel may take, and the lock of a job (20 s). */
const jobBuckets = [0.005, 0.01, 0.025, 0.1, 0.25, 1, 5, 20, 60]

/**
 * Create the metrics that the stages of the pipeline feed.
 * @param startedAt when this process started, ms since 1970 UTC. What was received before is a backlog: findings from it
 *   are counted, and do not enter `forewarn_commit_to_finding_seconds`, which would show the downtime
 */
export function createPipelineMetrics(registry: Registry, startedAt: number): Measurements {
  const commits = histogram(registry, {
    name: 'forewarn_publish_to_commit_seconds',
    help: 'Time from the arrival of a message until it is durable in the journal',
    buckets: commitBuckets,
  })
  const batches = histogram(registry, {
    name: 'forewarn_batch_entries',
    help: 'Entries of the journal that a consumer handled and committed together',
    labelNames: ['consumer'],
    buckets: batchBuckets,
  })
  const detectors = histogram(registry, {
    name: 'forewarn_detector_seconds',
    help: 'Time that one call of a detector takes, of a sample of the calls',
    labelNames: ['detector'],
    buckets: detectorBuckets,
  })
  const jobs = histogram(registry, {
    name: 'forewarn_job_seconds',
    help: 'Time that one attempt of a job takes',
    labelNames: ['queue', 'outcome'],
    buckets: jobBuckets,
  })
  const missingInputs = new Counter({
    name: 'forewarn_rule_inputs_missing_total',
    help: 'Devices found since the start of the process for which a rule never gets a metric that it needs',
    labelNames: ['rule', 'metric'],
    registers: [registry],
  })
  return {
    ruleInputMissing: ({ rule, metric }) => missingInputs.inc({ rule, metric }),
    messageCommitted: (receivedAt, committedAt) => commits.observe(seconds(committedAt - receivedAt)),
    batchHandled: (consumer, entries) => batches.observe({ consumer }, entries),
    detectorCalled: (detector, durationMs) => detectors.observe({ detector }, durationMs / 1_000),
    jobEnded: (queue, outcome, durationMs) => jobs.observe({ queue, outcome }, durationMs / 1_000),
    ...findingMetrics(registry, startedAt),
  }
}

type FindingMeasurements = Pick<
  Measurements,
  'findingCommitted' | 'findingRecorded' | 'noticePostponed' | 'noticeAttempted'
>

function findingMetrics(registry: Registry, startedAt: number): FindingMeasurements {
  const findings = new Counter({
    name: 'forewarn_findings_total',
    help: 'Findings since the start of the process, without those of shadow rules',
    labelNames: ['rule', 'kind', 'state'],
    registers: [registry],
  })
  const toFinding = histogram(registry, {
    name: 'forewarn_commit_to_finding_seconds',
    help: 'Time from the arrival of an entry until a finding that it caused is durable; not of entries from before the start',
    buckets: findingBuckets,
  })
  const toNotice = histogram(registry, {
    name: 'forewarn_finding_to_notice_seconds',
    help: 'Time from a durable finding until a channel takes its notice for the first time; not where it waits on purpose',
    labelNames: ['channel'],
    buckets: noticeBuckets,
  })
  const latency = new NoticeLatency()
  return {
    findingCommitted(committed) {
      const { finding, kind, causedAt, committedAt } = committed
      if (finding.shadow) return
      findings.inc({ rule: finding.rule, kind, state: finding.state })
      if (causedAt !== undefined && causedAt >= startedAt) toFinding.observe(seconds(committedAt - causedAt))
      latency.findingCommitted(committed)
    },
    findingRecorded: (finding, notices) => latency.findingRecorded(finding, notices),
    noticePostponed: (notice) => latency.noticePostponed(notice),
    noticeAttempted(attempt) {
      const ms = latency.noticeAttempted(attempt)
      if (ms !== undefined) toNotice.observe({ channel: attempt.channel }, seconds(ms))
    },
  }
}

interface HistogramOptions {
  name: string
  help: string
  labelNames?: string[]
  buckets: number[]
}

function histogram(registry: Registry, options: HistogramOptions): Histogram {
  return new Histogram({ ...options, registers: [registry] })
}

/** Convert ms to seconds; 0 for a negative duration, which occurs when the clock was set back. */
function seconds(ms: number): number {
  return Math.max(0, ms) / 1_000
}
