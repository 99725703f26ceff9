import type { Measurements } from '../../contract/measurements.ts'
import { type HandleFindingsOptions, handleFindings } from '../../desk/findings/handle-findings.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import { isDependencyFailure } from '../../store/journal/dependency-failure.ts'
import { findingsOf, type JobData } from '../jobs.ts'
import type { Queues } from '../queues.ts'
import { enqueueEachFinding } from './enqueue-findings.ts'

export interface FindingJobOptions extends HandleFindingsOptions {
  queues: Pick<Queues, 'add'>
  /** @param priority as of the lanes of findings */
  enqueueNotices(ids: readonly string[], priority: number): Promise<void>
  measurements?: Pick<Measurements, 'findingRecorded'> | undefined
  onError(error: Error): void
}

/**
 * Create the handler of jobs with findings. Where one of several cannot be recorded, each becomes a job of its own, so that
 * the others do not share its retries and its dead letter.
 */
export function createFindingJobHandler(
  options: FindingJobOptions,
): (job: JobData['findings']) => Promise<void> {
  const { queues, enqueueNotices, measurements, onError } = options
  return async (job) => {
    const findings = findingsOf(job)
    const priority = 'findings' in job ? job.priority : 0
    let written: Awaited<ReturnType<typeof handleFindings>>
    try {
      written = await handleFindings(findings, options)
    } catch (error) {
      if (!('findings' in job) || !(error instanceof Error) || isDependencyFailure(error)) throw error
      onError(error)
      await enqueueEachFinding(queues, findings)
      return
    }
    for (const { id } of findings)
      measurements?.findingRecorded(
        id,
        written.filter(({ finding }) => finding === id).map(({ notice }) => notice),
      )
    passFailpoint('findings.after_commit')
    await enqueueNotices(
      written.map(({ notice }) => notice),
      priority,
    )
    passFailpoint('findings.after_enqueue')
  }
}
