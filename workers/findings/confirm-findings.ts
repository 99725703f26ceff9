import type { Kysely } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import { abortableSleep } from '../../lib/abortable-sleep.ts'
import type { HandledBatch } from '../../store/journal/consume-options.ts'
import type { Batch } from '../../store/journal/journal.ts'
import { saveJournalPosition } from '../../store/records/positions/journal-positions.ts'
import type { Records } from '../../store/records/schema.ts'
import type { Queues } from '../queues.ts'
import { enqueueEachFinding } from './enqueue-findings.ts'

export interface ConfirmFindingsOptions {
  db: Kysely<Records>
  queues: Pick<Queues, 'add' | 'removeCompleted' | 'findFailed' | 'findMissing' | 'hasUnfinished'>
  now(): number
  /** Ends the waiting for findings that are not recorded yet. */
  signal: AbortSignal
}

export interface ConfirmedBatch extends Batch<Finding> {
  /** Name of the journal consumer. */
  consumer: string
  /** The journal's history as text. */
  history: string
  /** Findings before this offset had been handed to the queue before the start. */
  relayedUpTo: number
}

const firstCheckMs = 20
const longestCheckMs = 500
/** Interval at which the queue is asked which of the waiting findings failed, and which it does not have, ms. */
const queueCheckMs = 1_000
/** A finding whose job is completed, and that is not recorded within this time, has been lost by the records, ms. */
const repeatAfterMs = 15_000

/**
 * Wait until each finding of a batch has an outcome in the records, its row or that its job failed, and store the position
 * after them. Findings that the queue does not have are enqueued; those whose jobs are completed while the records do not
 * have them are enqueued again: at once where they were handed to the queue before the start, else after 15 s. While a
 * queue has a job of a finding, adding it again has no effect.
 * @returns what to commit: the journal keeps findings until they are confirmed
 */
export async function confirmFindings(
  batch: ConfirmedBatch,
  options: ConfirmFindingsOptions,
): Promise<HandledBatch<Finding>> {
  const { db, now } = options
  const { consumer, history, next, from } = batch
  const failed = await waitForOutcomes(batch, options)
  if (failed === undefined) return { cursor: from }
  const at = new Date(now())
  await db.transaction().execute(async (trx) => {
    await keepFailedFindings(trx, failed, at)
    await saveJournalPosition(trx, { consumer, cursor: next, history, at })
  })
  return { cursor: next }
}

/** @returns the findings whose jobs failed; undefined when the signal aborted first */
async function waitForOutcomes(
  { entries, from, relayedUpTo }: ConfirmedBatch,
  { db, queues, signal }: ConfirmFindingsOptions,
): Promise<Finding[] | undefined> {
  const isRelayed = from < relayedUpTo
  const queueCheck = createTimer(isRelayed ? 0 : queueCheckMs, queueCheckMs)
  const repetition = createTimer(isRelayed ? 0 : repeatAfterMs, repeatAfterMs)
  const failed: Finding[] = []
  let waiting: readonly Finding[] = entries
  for (let pauseMs = firstCheckMs; !signal.aborted; pauseMs = Math.min(2 * pauseMs, longestCheckMs)) {
    waiting = await findUnrecorded(db, waiting)
    if (waiting.length > 0 && queueCheck.isDue()) {
      const dead = new Set(await queues.findFailed('findings', idsOf(waiting)))
      failed.push(...waiting.filter(({ id }) => dead.has(id)))
      waiting = waiting.filter(({ id }) => !dead.has(id))
      await enqueueMissing(queues, waiting)
    }
    if (waiting.length === 0) return failed
    if (repetition.isDue()) await enqueueAgain(queues, waiting)
    await abortableSleep(pauseMs, signal)
  }
  return undefined
}

/** A timer of the monotonic clock: due after `firstMs`, and then every `everyMs`. */
function createTimer(firstMs: number, everyMs: number): { isDue(): boolean } {
  let dueAt = performance.now() + firstMs
  return {
    isDue() {
      if (performance.now() < dueAt) return false
      dueAt = performance.now() + everyMs
      return true
    },
  }
}

/**
 * Enqueue the findings that the queue does not have: it was emptied, or not given them yet. While it has work they are not
 * looked for, one by one, since most of them are among that.
 */
async function enqueueMissing(
  queues: ConfirmFindingsOptions['queues'],
  findings: readonly Finding[],
): Promise<void> {
  if (findings.length === 0 || (await queues.hasUnfinished('findings'))) return
  const missing = new Set(await queues.findMissing('findings', idsOf(findings)))
  if (missing.size === 0) return
  await enqueueEachFinding(
    queues,
    findings.filter(({ id }) => missing.has(id)),
  )
}

/** Completed jobs are removed first: their findings are missing because the records have come back from an older state. */
async function enqueueAgain(
  queues: ConfirmFindingsOptions['queues'],
  findings: readonly Finding[],
): Promise<void> {
  await queues.removeCompleted('findings', idsOf(findings))
  await enqueueEachFinding(queues, findings)
}

/**
 * Enqueue the failed findings that the queue has lost again, and forget those that were recorded since. Call it at the start
 * and now and then.
 */
export async function recoverFailedFindings({
  db,
  queues,
}: Pick<ConfirmFindingsOptions, 'db' | 'queues'>): Promise<void> {
  await db
    .deleteFrom('failed_findings')
    .where('finding_id', 'in', (known) => known.selectFrom('findings').select('id'))
    .execute()
  const failed = await db.selectFrom('failed_findings').select('finding_id').execute()
  const ids = failed.map((row) => row.finding_id)
  const missing = await queues.findMissing('findings', ids)
  if (missing.length === 0) return
  const rows = await db
    .selectFrom('failed_findings')
    .select('finding')
    .where('finding_id', 'in', missing)
    .execute()
  await enqueueEachFinding(
    queues,
    rows.map(({ finding }) => finding),
  )
}

/** Forget a failed finding that an operator has dropped. */
export async function forgetFailedFinding(db: Kysely<Records>, id: string): Promise<void> {
  await db.deleteFrom('failed_findings').where('finding_id', '=', id).execute()
}

async function findUnrecorded(db: Kysely<Records>, findings: readonly Finding[]): Promise<Finding[]> {
  if (findings.length === 0) return []
  const rows = await db.selectFrom('findings').select('id').where('id', 'in', idsOf(findings)).execute()
  const recorded = new Set(rows.map(({ id }) => id))
  return findings.filter(({ id }) => !recorded.has(id))
}

async function keepFailedFindings(
  db: Kysely<Records>,
  findings: readonly Finding[],
  at: Date,
): Promise<void> {
  if (findings.length === 0) return
  const rows = findings.map((finding) => ({
    finding_id: finding.id,
    finding: JSON.stringify(finding),
    failed_at: at,
  }))
  await db
    .insertInto('failed_findings')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

function idsOf(findings: readonly Finding[]): string[] {
  return findings.map(({ id }) => id)
}
