import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import type { Device } from '../../contract/device.ts'
import { topics } from '../../contract/topics.ts'
import { createAcceptance } from '../../ingest/acceptance/acceptance.ts'
import { type CommitBatch, createCommitBatch } from '../../ingest/acceptance/commit-batch.ts'
import { MessageValidator } from '../../ingest/acceptance/message-validator.ts'
import { decodeMessage } from '../../ingest/decode/decode-message.ts'
import { defaultIngestLimits } from '../../ingest/decode/ingest-limits.ts'
import { createDeduplicator } from '../../ingest/dedupe/deduplicator.ts'
import type { InboundMessage } from '../../ingest/gateway.ts'
import { openTestJournal } from '../../ingest/testing/test-journal.ts'
import { testKinds } from '../../ingest/testing/test-kinds.ts'
import { fuzzNow, payload, validTopic } from './arbitraries/payloads.ts'
import { OutcomeCounter, type PhaseOptions, type PhaseReport } from './report.ts'

/** Few enough that a run meets the limit. */
const limits = { ...defaultIngestLimits, devices: 1_000 }
const names = topics('pm/v1')
const runsPerCheck = 2_000

/** An input did not end in exactly one way. */
class OutcomeError extends Error {
  override readonly name = 'OutcomeError'
}

export interface PayloadsReport extends PhaseReport {
  /** Used after a garbage collection: after a tenth of the payloads, and at the end. */
  heapBytes: { early: number; end: number }
}

/**
 * Sends payloads through decoding and validation one by one, where each must end in exactly one named outcome, and through
 * the acceptance and its journal many at a time, where the totals must agree.
 */
export async function fuzzPayloads({ count, seed, progress }: PhaseOptions): Promise<PayloadsReport> {
  const tally = new OutcomeCounter()
  const classify = createMessageClassifier(tally)
  const accepting = await startAcceptance()
  const heapBytes = { early: 0, end: 0 }
  const report: PayloadsReport = { tried: 0, outcomes: {}, failures: [], heapBytes }
  const message = fc.record({
    topic: validTopic,
    payload,
    clientId: fc.constantFrom('d-1', 'gateway', undefined),
  })
  while (report.tried < count && report.failures.length === 0) {
    const numRuns = Math.min(runsPerCheck, count - report.tried)
    const runSeed = seed + report.tried
    const sent: InboundMessage[] = []
    const result = fc.check(
      fc.property(message, ({ clientId, ...rest }) => {
        const each = clientId === undefined ? rest : { ...rest, clientId }
        classify(each)
        sent.push(each)
      }),
      { numRuns, seed: runSeed },
    )
    const what = result.failed ? String(result.errorInstance) : await accepting.acceptAll(sent)
    if (what !== undefined) {
      const example = JSON.stringify(result.counterexample ?? 'the totals of a batch')
      report.failures.push({ phase: 'payloads', what, seed: runSeed, example })
    }
    report.tried += numRuns
    if (report.tried >= count / 10 && heapBytes.early === 0) heapBytes.early = heapAfterCollection()
    progress(report.tried)
  }
  heapBytes.end = heapAfterCollection()
  await accepting.stop()
  return { ...report, outcomes: tally.counts() }
}

/** Return a classifier of single messages, as the acceptance would. */
function createMessageClassifier(tally: OutcomeCounter): (message: InboundMessage) => void {
  const devices = new Map<string, Device>()
  let now = fuzzNow
  const validator = new MessageValidator({
    kinds: testKinds,
    newId: () => 'q',
    registrationMode: 'open',
    devices,
    deduplicator: createDeduplicator(),
    limits,
  })
  return (message) => {
    const receivedAt = ++now
    // An empty state retires it, and what it sends later would all have the same outcome.
    devices.set('d-1', { id: 'd-1', kind: 'phone' })
    const draft = createCommitBatch()
    validator.validate(draft, {
      message,
      receivedAt,
      decoded: decodeMessage(message, { prefix: names.prefix, now: fuzzNow, limits }),
    })
    for (const [id, device] of draft.devices) devices.set(id, device)
    tally.add(classifyBatch(draft))
  }
}

const valueOutcomes = ['stored', 'duplicate', 'quarantined', 'ignored'] as const

/** @throws OutcomeError unless what came in went somewhere, once */
function classifyBatch({ counts, entries }: CommitBatch): string {
  const { received = 0, stored = 0, duplicate = 0, quarantined = 0, messages = 0 } = counts
  if (received !== stored + duplicate + quarantined)
    throw new OutcomeError(`readings do not add up: ${JSON.stringify(counts)}`)
  const values = valueOutcomes.reduce((sum, outcome) => sum + (counts[`values.${outcome}`] ?? 0), 0)
  if (values !== (counts['values.received'] ?? 0))
    throw new OutcomeError(`values do not add up: ${JSON.stringify(counts)}`)
  if (received > 0 === messages > 0) throw new OutcomeError(`neither or both: ${JSON.stringify(counts)}`)
  const kept = entries.filter(({ type }) => type === 'reading' || type === 'quarantined').length
  if (kept !== stored + (counts.quarantine_entries ?? 0))
    throw new OutcomeError(`${kept} kept of ${JSON.stringify(counts)}`)
  if (messages > 0) return 'messages'
  if (received > 1) return 'several readings'
  if (duplicate === 1) return 'duplicate'
  if (stored === 1) return counts.stored_in_part === undefined ? 'stored' : 'stored in part'
  const [reason] = Object.keys(counts).filter((name) => name.startsWith('quarantined.'))
  if (reason === undefined) throw new OutcomeError('quarantined without a reason')
  return reason
}

/** The acceptance with a journal on disk. */
async function startAcceptance() {
  const { journal, remove } = await openTestJournal(2 ** 31)
  let ids = 0
  const options = { journal, kinds: testKinds, topics: names, limits, registrationMode: 'open' } as const
  const acceptance = createAcceptance({ ...options, now: () => fuzzNow, newId: () => `q-${++ids}` })
  await acceptance.start()
  return {
    /** @returns in words what is wrong with the totals */
    async acceptAll(messages: readonly InboundMessage[]): Promise<string | undefined> {
      const results = await Promise.allSettled(messages.map((message) => acceptance.accept(message)))
      const rejected = results.find((result) => result.status === 'rejected')
      if (rejected !== undefined) return `not accepted: ${rejected.reason}`
      const { received = 0, stored = 0, duplicate = 0, quarantined = 0 } = acceptance.info().counts
      if (received !== stored + duplicate + quarantined) return 'the totals do not add up'
      const told = await journal.tally()
      return told.received === received ? undefined : 'the journal has other totals'
    },
    async stop() {
      await acceptance.stop()
      await remove()
    },
  }
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
